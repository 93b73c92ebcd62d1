#include <doctest/doctest.h>

#include "core/ring_reader.h"
#include "core_fixture.h"

using namespace teecam;
using namespace teecam::test;

namespace {

Json start(CoreFixture& core, const Json& plan) {
  return core.send({{"type", "start"}, {"plan", plan}});
}

Json switchTo(CoreFixture& core, const Json& source) {
  return core.send({{"type", "switch-source"}, {"source", source}});
}

/// The next frame that fits; nothing else counts. Fails after 5 s.
std::optional<RingFrame> frameWith(RingReader& reader, std::uint32_t flags, std::uint32_t mask) {
  const auto deadline = std::chrono::steady_clock::now() + 5s;
  while (std::chrono::steady_clock::now() < deadline) {
    if (auto frame = reader.take(RingMode::next)) {
      if ((frame->info.flags & mask) == flags) return frame;
    } else {
      reader.waitFor(100ms);
    }
  }
  return std::nullopt;
}

}  // namespace

TEST_CASE("a reader gets the slate, then the camera, then the slate again") {
  StageFixture stage;
  CoreFixture core;
  CHECK(core.waitForEvent("ready")["protocol"] == 1);
  REQUIRE(start(core, stage.plan())["ok"] == true);

  auto reader = RingReader::open(stage.high());
  const auto slate =
      frameWith(*reader, TEECAM_FRAME_SLATE | TEECAM_FRAME_KEY, TEECAM_FRAME_SLATE | TEECAM_FRAME_KEY);
  REQUIRE(slate);
  CHECK(reader->status().header.state == TEECAM_RING_SLATE);

  REQUIRE(switchTo(core, testSource(60))["ok"] == true);
  core.waitForState("live");
  CHECK(core.waitForEvent("source")["width"] == 320);
  const auto live = frameWith(*reader, TEECAM_FRAME_KEY, TEECAM_FRAME_SLATE | TEECAM_FRAME_KEY);
  REQUIRE(live);
  CHECK(live->info.capture_ns > slate->info.capture_ns);

  CHECK(core.waitForState("slate")["reason"] == "gone");
  REQUIRE(frameWith(*reader, TEECAM_FRAME_SLATE, TEECAM_FRAME_SLATE));
  CHECK(std::string(reader->status().header.reason) == "gone");
}
