// The gate where the source has encoded: what passes, and the slate beside it.
#include <doctest/doctest.h>
#include <gst/app/gstappsink.h>
#include <gst/gst.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "core/gate.h"
#include "core/pipeline.h"
#include "core/runtime.h"
#include "gst_fixture.h"

using namespace teecam;
using teecam::test::eventually;

namespace {

constexpr const char* kJpegCaps = "image/jpeg,width=64,height=48,framerate=25/1,colorimetry=bt601";
constexpr const char* kH264Caps =
    "video/x-h264,stream-format=byte-stream,alignment=au,width=64,height=48,framerate=25/1,profile=main";

GatePlan jpegPlan() {
  return {64,      48,           {30, 1},      200,
          {20, 1}, std::nullopt, Media::kJpeg, {{"range", "teecamfullrange", {}}, {"jpeg", "jpegenc", {}}}};
}

GatePlan h264Plan() {
  return {64,
          48,
          {30, 1},
          200,
          {20, 1},
          std::nullopt,
          Media::kH264,
          {{"encode", "x264enc", {{"tune", "zerolatency"}, {"key-int-max", "1"}}},
           {"parse", "h264parse", {{"config-interval", "-1"}}},
           {"frames", "capsfilter", {{"caps", "video/x-h264,stream-format=byte-stream,alignment=au"}}}}};
}

struct Out {
  std::string bytes;
  std::string caps;
  bool discont;
  bool delta;
};

class EncodedGate {
 public:
  explicit EncodedGate(const GatePlan& plan, const char* caps)
      : caps_((teecam::test::initGst(), gst_caps_from_string(caps))),
        pipeline_((Runtime::get(), "test"),
                  {{{"in", "appsrc", {{"max-buffers", "30"}}}, {"out", "appsink", {}}}, {{"in", "out"}}}),
        gate_(GST_APP_SRC(pipeline_.element("in")), clock_, plan, std::make_shared<SlateTimeline>(),
              {[] {}, [](std::uint64_t) {},
               [this](std::uint64_t, bool broken) { (broken ? corrupt_ : stalled_)++; },
               [](std::uint64_t, const SourceFormatInfo&) {}}) {
    pipeline_.useTime(clock_.clock(), clock_.baseTime());
    g_object_set(pipeline_.element("out"), "sync", FALSE, "async", FALSE, nullptr);
    GstAppSinkCallbacks callbacks{};
    callbacks.new_sample = [](GstAppSink* sink, gpointer self) {
      static_cast<EncodedGate*>(self)->keep(SamplePtr(gst_app_sink_pull_sample(sink)).get());
      return GST_FLOW_OK;
    };
    gst_app_sink_set_callbacks(GST_APP_SINK(pipeline_.element("out")), &callbacks, this, nullptr);
    gst_element_set_state(pipeline_.get(), GST_STATE_PLAYING);
    gate_.start();
    source_ = gate_.openSource();
  }
  ~EncodedGate() {
    gate_.stop();
    gst_element_set_state(pipeline_.get(), GST_STATE_NULL);
  }

  void push(const std::string& bytes, unsigned flags = 0) {
    BufferPtr buffer(gst_buffer_new_allocate(nullptr, bytes.size(), nullptr));
    gst_buffer_fill(buffer.get(), 0, bytes.data(), bytes.size());
    GST_BUFFER_FLAG_SET(buffer.get(), flags);
    gate_.pushLive(source_, std::move(buffer), caps_.get());
  }
  std::vector<Out> all() {
    const std::lock_guard guard(lock_);
    return outs_;
  }
  /// Frames that are no slate.
  std::vector<Out> live() {
    std::vector<Out> live;
    for (const Out& out : all()) {
      if (out.bytes.find("live") != std::string::npos) live.push_back(out);
    }
    return live;
  }
  std::uint64_t undecodable() { return gate_.stats().undecodable; }

  std::atomic<int> stalled_{0}, corrupt_{0};

 private:
  void keep(GstSample* sample) {
    GstBuffer* buffer = gst_sample_get_buffer(sample);
    GstMapInfo map;
    gst_buffer_map(buffer, &map, GST_MAP_READ);
    const Out out{{reinterpret_cast<const char*>(map.data), map.size},
                  StringPtr(gst_caps_to_string(gst_sample_get_caps(sample))).get(),
                  GST_BUFFER_IS_DISCONT(buffer) != FALSE,
                  GST_BUFFER_FLAG_IS_SET(buffer, GST_BUFFER_FLAG_DELTA_UNIT) != FALSE};
    gst_buffer_unmap(buffer, &map);
    const std::lock_guard guard(lock_);
    outs_.push_back(out);
  }

  CapsPtr caps_;
  CameraClock clock_;
  Pipeline pipeline_;
  std::mutex lock_;
  std::vector<Out> outs_;
  Gate gate_;
  std::uint64_t source_ = 0;
};

const std::string kSoi = "\xff\xd8", kEoi = "\xff\xd9";

}  // namespace

TEST_CASE("the slate of a JPEG camera is JPEG in the camera's own caps") {
  EncodedGate gate(jpegPlan(), kJpegCaps);
  REQUIRE(eventually([&] { return gate.all().size() >= 2; }));
  const Out slate = gate.all().front();
  CHECK(slate.bytes.starts_with(kSoi));
  CHECK(slate.bytes.ends_with(kEoi));
  CHECK(slate.caps == "image/jpeg, width=(int)64, height=(int)48, framerate=(fraction)30/1");

  gate.push(kSoi + "live" + kEoi);
  REQUIRE(eventually([&] { return gate.live().size() == 1; }));
  CHECK(gate.live()[0].caps == "image/jpeg, width=(int)64, height=(int)48, framerate=(fraction)25/1");
  REQUIRE(eventually([&] { return gate.all().back().bytes.find("live") == std::string::npos; }));
  CHECK(gate.all().back().caps == gate.live()[0].caps);
}

TEST_CASE("JPEG without its beginning or its end goes no further, nor what the driver calls broken") {
  EncodedGate gate(jpegPlan(), kJpegCaps);
  gate.push("live" + kEoi);
  gate.push(kSoi + "live");
  gate.push(kSoi + "live" + kEoi, GST_BUFFER_FLAG_CORRUPTED);
  gate.push("");
  CHECK(gate.undecodable() == 4);
  gate.push(kSoi + "live padded" + kEoi + std::string(300, '\0'));
  gate.push(kSoi + "live" + kEoi);
  REQUIRE(eventually([&] { return gate.live().size() == 2; }));
  CHECK(gate.undecodable() == 4);
}

TEST_CASE("a camera whose frames are broken is told from one that gives none") {
  EncodedGate gate(jpegPlan(), kJpegCaps);
  gate.push(kSoi + "live" + kEoi);
  gate.push(kSoi + "live");
  REQUIRE(eventually([&] { return gate.corrupt_ == 1; }));
  gate.push(kSoi + "live" + kEoi);
  REQUIRE(eventually([&] { return gate.stalled_ == 1; }));
  CHECK(gate.corrupt_ == 1);
}

TEST_CASE("the slate of an H.264 camera is key frames, no two in a row alike") {
  EncodedGate gate(h264Plan(), kH264Caps);
  REQUIRE(eventually([&] { return gate.all().size() >= 4; }));
  std::set<std::string> different;
  for (const Out& out : gate.all()) {
    CHECK(!out.delta);
    CHECK(out.bytes.find(std::string("\0\0\1\x67", 4)) !=
          std::string::npos);  // its parameter sets are with it
    different.insert(out.bytes);
  }
  CHECK(different.size() == 2);
  CHECK(gate.all()[0].bytes != gate.all()[1].bytes);
}

TEST_CASE("H.264 goes live at a key frame, and after a loss says that there was one") {
  EncodedGate gate(h264Plan(), kH264Caps);
  gate.push("live delta", GST_BUFFER_FLAG_DELTA_UNIT);
  CHECK(gate.undecodable() == 1);
  gate.push("live key");
  gate.push("live delta", GST_BUFFER_FLAG_DELTA_UNIT);
  gate.push("live broken", GST_BUFFER_FLAG_DELTA_UNIT | GST_BUFFER_FLAG_CORRUPTED);
  gate.push("live after", GST_BUFFER_FLAG_DELTA_UNIT);
  REQUIRE(eventually([&] { return gate.live().size() == 3; }));
  const auto live = gate.live();
  CHECK(live[0].bytes == "live key");
  CHECK(live[0].discont);
  CHECK(!live[1].discont);
  CHECK(live[2].bytes == "live after");
  CHECK(live[2].discont);
  CHECK(gate.undecodable() == 2);

  // after a stall it is a key frame again
  const auto slates = [&] { return gate.all().back().bytes.find("live") == std::string::npos; };
  REQUIRE(eventually(slates));
  gate.push("live delta", GST_BUFFER_FLAG_DELTA_UNIT);
  CHECK(gate.undecodable() == 3);
}

TEST_CASE("what does not begin with a key frame is left out until there is one") {
  teecam::test::TestPipeline pipeline(
      "appsrc name=in ! teecamfromkey ! appsink name=out sync=false wait-on-eos=false");
  pipeline.caps("video/x-h264,stream-format=byte-stream,alignment=au");
  pipeline.play();
  const auto push = [&](GstClockTime pts, unsigned flags) {
    GstBuffer* buffer = gst_buffer_new_allocate(nullptr, 4, nullptr);
    GST_BUFFER_PTS(buffer) = pts;
    GST_BUFFER_FLAG_SET(buffer, flags);
    pipeline.push(buffer);
  };
  constexpr unsigned delta = GST_BUFFER_FLAG_DELTA_UNIT, discont = GST_BUFFER_FLAG_DISCONT;
  push(1, delta);
  push(2, 0);
  push(3, delta);
  push(4, delta | discont);
  push(5, delta);
  push(6, 0);
  push(7, delta);
  push(8, discont);  // a key frame loses nothing
  push(9, delta);
  CHECK(pipeline.finish().empty());
  std::vector<GstClockTime> passed, marked;
  while (const SamplePtr sample{gst_app_sink_try_pull_sample(GST_APP_SINK(pipeline.element("out")), 0)}) {
    GstBuffer* buffer = gst_sample_get_buffer(sample.get());
    passed.push_back(GST_BUFFER_PTS(buffer));
    if (GST_BUFFER_IS_DISCONT(buffer)) marked.push_back(GST_BUFFER_PTS(buffer));
  }
  CHECK(passed == std::vector<GstClockTime>{2, 3, 6, 7, 8, 9});
  CHECK(marked == std::vector<GstClockTime>{2, 6, 8});
}
