#include <doctest/doctest.h>
#include <gst/gst.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/gst_ptr.h"
#include "core/ring_reader.h"
#include "core/runtime.h"
#include "core_fixture.h"

using namespace teecam;
using namespace teecam::test;

namespace {

/// A folder of clips that goes away again.
class Clips {
 public:
  Clips() {
    std::string name = "/tmp/teecam-clips-XXXXXX";
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
    folder_ = name;
    Runtime::get();
  }
  ~Clips() { std::filesystem::remove_all(folder_); }

  /// So many frames of 320x180 at 30 a second.
  std::string make(const std::string& name, int frames) const {
    const std::string path = folder_ + "/" + name;
    const std::string line =
        "videotestsrc num-buffers=" + std::to_string(frames) +
        " ! video/x-raw,width=320,height=180,framerate=30/1 ! x264enc speed-preset=ultrafast "
        "! h264parse ! mp4mux ! filesink location=" +
        path;
    const ObjectPtr<GstElement> pipeline(
        GST_ELEMENT(gst_object_ref_sink(gst_parse_launch(line.c_str(), nullptr))));
    gst_element_set_state(pipeline.get(), GST_STATE_PLAYING);
    const ObjectPtr<GstBus> bus(gst_element_get_bus(pipeline.get()));
    const MessagePtr end(gst_bus_timed_pop_filtered(bus.get(), 20 * GST_SECOND,
                                                    GstMessageType(GST_MESSAGE_EOS | GST_MESSAGE_ERROR)));
    gst_element_set_state(pipeline.get(), GST_STATE_NULL);
    if (end == nullptr || GST_MESSAGE_TYPE(end.get()) != GST_MESSAGE_EOS) throw std::runtime_error("no clip");
    return path;
  }
  std::string broken(const std::string& name) const {
    const std::string path = folder_ + "/" + name;
    std::ofstream(path) << "this is not a film";
    return path;
  }

 private:
  std::string folder_;
};

Json playlist(const std::vector<std::string>& items, const Json& loops) {
  return {{"graph",
           {{"nodes",
             {node("file", "filesrc"), node("decode", "decodebin"), node("convert", "videoconvert"),
              node("out", "appsink")}},
            {"links", chain({"file", "decode", "convert", "out"})}}},
          {"media", "raw"},
          {"outlet", "out"},
          {"playlist", {{"node", "file"}, {"property", "location"}, {"items", items}, {"loops", loops}}},
          {"foreignClock", false},
          {"certificate", nullptr}};
}

/// Capture times of live frames, in the order in which they came, until the core shows the slate again.
std::vector<std::int64_t> play(CoreFixture& core, const std::string& ring, const Json& source, Json& last) {
  auto reader = RingReader::open(ring);
  REQUIRE(core.send({{"type", "switch-source"}, {"source", source}})["ok"] == true);
  std::vector<std::int64_t> times;
  bool began = false;
  const auto deadline = std::chrono::steady_clock::now() + 20s;
  while (std::chrono::steady_clock::now() < deadline) {
    const auto frame = reader->take(RingMode::next);
    if (!frame) {
      reader->waitFor(100ms);
      continue;
    }
    const bool slate = (frame->info.flags & TEECAM_FRAME_SLATE) != 0;
    if (slate && began) break;
    began = began || !slate;
    if (!slate) times.push_back(frame->info.capture_ns);
  }
  last = core.waitForState("slate");
  return times;
}

Json begin(CoreFixture& core, const StageFixture& stage) {
  return core.send({{"type", "start"}, {"plan", stage.plan(true)}});
}

}  // namespace

TEST_CASE("a playlist plays at real speed, without a gap between its files, and ends" *
          doctest::test_suite("real time")) {
  const Clips clips;
  const std::vector<std::string> items = {clips.make("a.mp4", 30), clips.make("b.mp4", 15)};
  StageFixture stage;
  CoreFixture core;
  REQUIRE(begin(core, stage)["ok"] == true);
  Json last;
  const auto times = play(core, stage.analysis(), playlist(items, 2), last);
  CHECK(last["reason"] == "ended");
  REQUIRE(times.size() >= 85);  // of 90
  CHECK(times.size() <= 90);
  std::int64_t widest = 0;
  for (std::size_t i = 1; i < times.size(); i++) {
    CHECK(times[i] > times[i - 1]);
    widest = std::max(widest, times[i] - times[i - 1]);
  }
  CHECK(widest <= 100'000'000);  // no more than two frames missed
  const std::int64_t whole = times.back() - times.front();
  CHECK(whole > 2'850'000'000);
  CHECK(whole < 3'100'000'000);
}

TEST_CASE("a broken file is skipped with a warning" * doctest::test_suite("real time")) {
  const Clips clips;
  const auto broken = clips.broken("b.mp4");
  StageFixture stage;
  CoreFixture core;
  REQUIRE(begin(core, stage)["ok"] == true);
  Json last;
  const auto times =
      play(core, stage.analysis(),
           playlist({broken, clips.make("a.mp4", 15), broken, clips.make("c.mp4", 15)}, 1), last);
  CHECK(last["reason"] == "ended");
  CHECK(times.size() > 15);  // of 30: frames of both files
  const Json warning = core.waitForEvent("warning");
  CHECK(warning["code"] == "item-skipped");
  CHECK(warning["message"].get<std::string>().find("b.mp4") != std::string::npos);
}

TEST_CASE("a playlist of which nothing can be played is a fault") {
  const Clips clips;
  StageFixture stage;
  CoreFixture core;
  REQUIRE(begin(core, stage)["ok"] == true);
  core.send({{"type", "switch-source"},
             {"source", playlist({clips.broken("a.mp4"), clips.broken("b.mp4")}, nullptr)}});
  CHECK(core.waitForState("slate")["reason"] == "corrupt");
  core.send({{"type", "switch-source"}, {"source", playlist({"/nowhere/a.mp4"}, nullptr)}});
  CHECK(core.waitForState("slate")["reason"] == "no-device");
}

TEST_CASE("a single short file loops for ever" * doctest::test_suite("real time")) {
  const Clips clips;
  StageFixture stage;
  CoreFixture core;
  REQUIRE(begin(core, stage)["ok"] == true);
  core.send({{"type", "switch-source"}, {"source", playlist({clips.make("a.mp4", 10)}, nullptr)}});
  core.waitForState("live");
  for (int second = 0; second < 3; second++) {
    const auto before = core.nextStats()["gate"]["captured"].get<int>();
    const auto now = core.nextStats()["gate"]["captured"].get<int>();
    CHECK(now - before >= 24);
    CHECK(now - before <= 36);
  }
}
