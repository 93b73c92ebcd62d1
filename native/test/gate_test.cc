#include "core/gate.h"

#include <doctest/doctest.h>
#include <gst/app/gstappsink.h>
#include <gst/gst.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "core/pipeline.h"
#include "core/runtime.h"
#include "gst_fixture.h"

using namespace teecam;
using namespace std::chrono_literals;
using teecam::test::eventually;

namespace {

struct Frame {
  GstClockTime pts;
  bool discont;
  bool slate;
};

/// A gate in front of a sink that remembers, and can be made slow.
class GateFixture {
 public:
  explicit GateFixture(int waiting = 1)
      : pipeline_((Runtime::get(), "test"),
                  {{{"in", "appsrc", {{"max-buffers", std::to_string(waiting)}}}, {"out", "appsink", {}}},
                   {{"in", "out"}}}),
        gate_(GST_APP_SRC(pipeline_.element("in")), clock_, plan(), timeline_,
              {[this] { forced_++; }, [this](std::uint64_t) { lives_++; },
               [this](std::uint64_t, bool) { stalls_++; }, [](std::uint64_t, const SourceFormatInfo&) {}}) {
    pipeline_.useTime(clock_.clock(), clock_.baseTime());
    g_object_set(pipeline_.element("out"), "sync", FALSE, "async", FALSE, "enable-last-sample", FALSE,
                 nullptr);
    GstAppSinkCallbacks callbacks{};
    callbacks.new_sample = [](GstAppSink* sink, gpointer self) {
      static_cast<GateFixture*>(self)->keep(SamplePtr(gst_app_sink_pull_sample(sink)).get());
      return GST_FLOW_OK;
    };
    gst_app_sink_set_callbacks(GST_APP_SINK(pipeline_.element("out")), &callbacks, this, nullptr);
    gst_element_set_state(pipeline_.get(), GST_STATE_PLAYING);
    gate_.start();
  }
  ~GateFixture() {
    gate_.stop();
    gst_element_set_state(pipeline_.get(), GST_STATE_NULL);
  }

  static GatePlan plan() { return {64, 48, {30, 1}, 150, {20, 1}, std::nullopt, Media::kRaw, {}}; }

  Gate& gate() { return gate_; }
  void pushLive(std::uint64_t generation, GstClockTime pts = GST_CLOCK_TIME_NONE) {
    BufferPtr buffer(gst_buffer_new_allocate(nullptr, 64 * 48 * 2, nullptr));
    GST_BUFFER_PTS(buffer.get()) = pts;
    const CapsPtr caps(gst_caps_from_string("video/x-raw,format=YUY2,width=64,height=48,framerate=0/1"));
    gate_.pushLive(generation, std::move(buffer), caps.get());
  }
  std::vector<Frame> frames() {
    std::lock_guard guard(lock_);
    return frames_;
  }
  int count(bool slate) {
    int n = 0;
    for (const auto& frame : frames()) n += frame.slate == slate ? 1 : 0;
    return n;
  }
  std::string lastCaps() {
    std::lock_guard guard(lock_);
    return caps_;
  }
  const SlateTimeline& timeline() const { return *timeline_; }
  GstClockTime baseTime() const { return clock_.baseTime(); }
  GstClockTime now() const { return clock_.runningTime(); }

  std::atomic<int> forced_{0}, lives_{0}, stalls_{0};
  std::mutex slow_;  // whoever holds it stops the stage

 private:
  void keep(GstSample* sample) {
    std::lock_guard wait(slow_);
    std::lock_guard guard(lock_);
    GstBuffer* buffer = gst_sample_get_buffer(sample);
    caps_ = StringPtr(gst_caps_to_string(gst_sample_get_caps(sample))).get();
    frames_.push_back({GST_BUFFER_PTS(buffer),
                       GST_BUFFER_FLAG_IS_SET(buffer, GST_BUFFER_FLAG_DISCONT) != FALSE,
                       caps_.find("I420") != std::string::npos});
  }

  CameraClock clock_;
  std::shared_ptr<SlateTimeline> timeline_ = std::make_shared<SlateTimeline>();
  Pipeline pipeline_;
  std::mutex lock_;
  std::vector<Frame> frames_;
  std::string caps_;
  Gate gate_;
};

}  // namespace

TEST_CASE("the slate gives way to live frames, and takes over when they cease") {
  GateFixture fixture;
  REQUIRE(eventually([&] { return fixture.count(true) >= 2; }));

  const auto generation = fixture.gate().openSource();
  for (int i = 0; i < 5; i++) {
    fixture.pushLive(generation);
    REQUIRE(eventually([&] { return fixture.count(false) == i + 1; }));
  }
  CHECK(fixture.lastCaps().find("framerate=(fraction)30/1") != std::string::npos);
  CHECK(fixture.lives_ == 1);

  const int slates = fixture.count(true);
  REQUIRE(eventually([&] { return fixture.stalls_ == 1 && fixture.count(true) >= slates + 2; }));
  fixture.pushLive(generation);  // it goes on by itself
  REQUIRE(eventually([&] { return fixture.count(false) == 6; }));
  CHECK(fixture.lives_ == 2);

  const auto frames = fixture.frames();
  CHECK(frames[0].discont);
  for (std::size_t i = 1; i < frames.size(); i++) {
    CHECK(frames[i].pts > frames[i - 1].pts);
    // where the inlet replaced a frame that waited, it says so in the same way
    if (frames[i].slate != frames[i - 1].slate) CHECK(frames[i].discont);
    const auto captured = static_cast<std::int64_t>(fixture.baseTime() + frames[i].pts);
    CHECK(fixture.timeline().isSlate(captured) == frames[i].slate);
  }
  CHECK(fixture.forced_ >= 4);  // first slate, live, slate, live
}

TEST_CASE("a lost source is displaced at once, and its late frames go nowhere") {
  GateFixture fixture;
  const auto first = fixture.gate().openSource();
  fixture.pushLive(first);
  REQUIRE(eventually([&] { return fixture.count(false) == 1; }));
  const int slates = fixture.count(true);
  fixture.gate().closeSource(first);
  REQUIRE(eventually([&] { return fixture.count(true) == slates + 1; }));

  const auto second = fixture.gate().openSource();
  fixture.pushLive(first);
  CHECK(fixture.gate().stats().captured == 1);
  fixture.gate().closeSource(first);  // late as well
  fixture.pushLive(second);
  CHECK(fixture.gate().stats().captured == 2);
  CHECK(fixture.stalls_ == 0);
}

TEST_CASE("timestamps that go back or lie ahead are put in order and counted") {
  GateFixture fixture;
  const auto generation = fixture.gate().openSource();
  fixture.pushLive(generation, fixture.now());
  REQUIRE(eventually([&] { return fixture.count(false) == 1; }));
  const auto before = fixture.gate().stats().clamped;
  fixture.pushLive(generation, 0);
  REQUIRE(eventually([&] { return fixture.count(false) == 2; }));
  CHECK(fixture.gate().stats().clamped == before + 1);
  fixture.pushLive(generation, fixture.now() + 3600 * GST_SECOND);
  REQUIRE(eventually([&] { return fixture.count(false) == 3; }));
  CHECK(fixture.frames().back().pts <= fixture.now());
}

TEST_CASE("a stage that stands still costs frames, not the source's time") {
  GateFixture fixture;
  const auto generation = fixture.gate().openSource();
  fixture.pushLive(generation);
  REQUIRE(eventually([&] { return fixture.count(false) == 1; }));
  {
    std::lock_guard stopped(fixture.slow_);
    const auto begin = std::chrono::steady_clock::now();
    for (int i = 0; i < 20; i++) fixture.pushLive(generation);
    CHECK(std::chrono::steady_clock::now() - begin < 100ms);
    CHECK(fixture.gate().stats().dropped >= 17);  // one held by the sink, one in the queue, one on its way
  }
  fixture.pushLive(generation);
  // the last one comes through; whether another did depends on when the stage's thread ran
  REQUIRE(eventually([&] { return fixture.count(false) >= 2; }));
  CHECK(fixture.gate().stats().dropped >= 17);
}

TEST_CASE("as many frames wait in front of a stage that stands still as the plan says") {
  GateFixture fixture(3);
  const auto generation = fixture.gate().openSource();
  fixture.pushLive(generation);
  REQUIRE(eventually([&] { return fixture.count(false) == 1; }));
  const auto before = fixture.gate().stats().dropped;
  {
    std::lock_guard stopped(fixture.slow_);
    fixture.pushLive(generation);  // on its way, or waiting, if the stage's thread has not had its turn
    for (int i = 0; i < 3; i++) fixture.pushLive(generation);
    CHECK(fixture.gate().stats().dropped <= before + 1);
  }
  REQUIRE(eventually([&] { return fixture.count(false) >= 4; }));
}

TEST_CASE("how long a source may be silent follows its frames") {
  FramePace pace(500 * GST_MSECOND);
  CHECK(pace.patience() == 500 * GST_MSECOND);
  pace.expect(2, 1);
  CHECK(pace.patience() == 2500 * GST_MSECOND);
  GstClockTime now = 0;
  const auto frames = [&](int count, GstClockTime distance) {
    for (int i = 0; i < count; i++) pace.arrived(now += distance);
  };
  frames(30, 33 * GST_MSECOND);
  CHECK(pace.patience() == 500 * GST_MSECOND);
  frames(2, GST_SECOND);
  CHECK(pace.patience() > 2 * GST_SECOND);
  frames(20, 33 * GST_MSECOND);
  CHECK(pace.patience() == 500 * GST_MSECOND);
  frames(10, 60 * GST_SECOND);
  CHECK(pace.patience() == 5 * GST_SECOND);
  pace.reset();
  CHECK(pace.patience() == 500 * GST_MSECOND);
}

TEST_CASE("a source that is far slower than it promised is not covered by the slate at each frame") {
  GateFixture fixture;
  const auto generation = fixture.gate().openSource();
  for (int i = 0; i < 5; i++) {
    fixture.pushLive(generation);
    const GstClockTime from = fixture.now();
    REQUIRE(eventually([&] { return fixture.now() > from + 300 * GST_MSECOND; }));  // twice the stall time
  }
  CHECK(fixture.stalls_ == 1);
}

TEST_CASE("a key frame at least every two seconds of slate") {
  GateFixture fixture;
  REQUIRE(eventually([&] { return fixture.forced_ >= 3; }));
  CHECK(fixture.now() < 4500 * GST_MSECOND);
}

TEST_CASE("a slate of another size is refused") {
  GateFixture fixture;
  CHECK_THROWS_WITH(fixture.gate().setSlate("/proc/self/status"), doctest::Contains("RGB of 64x48 has 9216"));
  CHECK_THROWS(fixture.gate().setSlate("/nowhere"));
}

TEST_CASE(
    "asleep nothing goes out; who wakes it sees the camera first, or the slate if that takes too long") {
  GateFixture fixture;
  Gate& gate = fixture.gate();
  const auto later = [&](GstClockTime time) {
    const GstClockTime from = fixture.now();
    return eventually([&] { return fixture.now() > from + time; });
  };
  const auto first = gate.openSource();
  fixture.pushLive(first);
  REQUIRE(eventually([&] { return fixture.count(false) == 1; }));
  gate.sleep();
  fixture.pushLive(first);
  const int slates = fixture.count(true);
  REQUIRE(later(300 * GST_MSECOND));  // twice the stall time, six slates
  CHECK(fixture.count(true) == slates);
  CHECK(fixture.count(false) == 1);
  CHECK(fixture.stalls_ == 0);

  gate.wake();
  const auto second = gate.openSource();
  const GstClockTime woken = fixture.now();
  fixture.pushLive(second);
  REQUIRE(eventually([&] { return fixture.count(false) == 2; }));
  if (fixture.frames().back().pts < woken + 2900 * GST_MSECOND) CHECK(fixture.count(true) == slates);

  gate.sleep();
  gate.wake();
  const GstClockTime asked = fixture.now();
  REQUIRE(eventually([&] { return fixture.frames().back().slate; }));
  const Frame late = fixture.frames().back();
  CHECK(late.pts >= asked + 2900 * GST_MSECOND);
  CHECK(late.discont);
  CHECK(fixture.timeline().isSlate(static_cast<std::int64_t>(fixture.baseTime() + late.pts)));

  gate.sleep();
  gate.wake();
  const int before = fixture.count(true);
  gate.closeSource(gate.openSource());  // it could not be opened
  CHECK(eventually([&] { return fixture.count(true) > before; }));
}
