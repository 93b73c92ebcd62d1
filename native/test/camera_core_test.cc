#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstddef>
#include <fstream>

#include "core/ring_reader.h"
#include "core_fixture.h"
#include "gst_fixture.h"

using namespace teecam;
using namespace teecam::test;
using teecam::test::eventually;

namespace {

Json start(CoreFixture& core, const Json& plan) {
  return core.send({{"type", "start"}, {"plan", plan}});
}

Json switchTo(CoreFixture& core, const Json& source) {
  return core.send({{"type", "switch-source"}, {"source", source}});
}

/// A reader would wake the camera.
std::uint32_t stateWithoutReading(const std::string& ring) {
  std::uint32_t state = TEECAM_RING_ENDED;
  std::ifstream(ring).seekg(offsetof(teecam_ring_header, state)).read(reinterpret_cast<char*>(&state), 4);
  return state;
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

  // on a machine that is late it may stall before
  core.waitFor([](const Json& message) {
    return message.value("event", "") == "state" && message["reason"] == "gone";
  });
  REQUIRE(frameWith(*reader, TEECAM_FRAME_SLATE, TEECAM_FRAME_SLATE));
  CHECK(eventually([&] { return std::string(reader->status().header.reason) == "gone"; }));
}

TEST_CASE("nobody reads: nothing is encoded; one who is killed counts no more") {
  StageFixture stage;
  CoreFixture core;
  REQUIRE(start(core, stage.plan())["ok"] == true);
  switchTo(core, testSource());
  core.waitForState("live");
  const Json before = core.nextStats()["streams"];
  CHECK(before["high"]["open"] == false);
  CHECK(before["high"]["encoded"] == 0);
  CHECK(before["analysis"]["published"] == 0);

  const pid_t child = fork();
  if (child == 0) {  // only what a forked child of threads may do
    const int ring = open(stage.high().c_str(), O_RDONLY | O_CLOEXEC);
    struct flock lock {};
    lock.l_type = F_RDLCK;
    lock.l_whence = SEEK_SET;
    lock.l_start = 5;
    lock.l_len = 1;
    char byte = 0;
    if (fcntl(ring, F_OFD_SETLK, &lock) != 0 || pread(ring, &byte, 1, 0) != 1) _exit(1);
    for (;;) pause();
  }
  Json high;
  REQUIRE(eventually([&] {
    high = core.nextStats()["streams"]["high"];
    return high["open"] == true && high["published"] > 10;
  }));
  CHECK(high["readers"] == 1);
  CHECK(high["encoded"] > 10);
  CHECK(high["keyFrames"] == 1);
  CHECK(high["openings"] == 1);
  CHECK(core.nextStats()["streams"]["analysis"]["open"] == false);

  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  REQUIRE(eventually([&] { return core.nextStats()["streams"]["high"]["open"] == false; }));
  const auto published = core.nextStats()["streams"]["high"]["published"];
  CHECK(core.nextStats()["streams"]["high"]["published"] == published);
  CHECK(core.nextStats()["gate"]["captured"] > 30);  // the camera goes on

  auto reader = RingReader::open(stage.high());
  CHECK(frameWith(*reader, TEECAM_FRAME_KEY | TEECAM_FRAME_DISCONTINUITY,
                  TEECAM_FRAME_KEY | TEECAM_FRAME_DISCONTINUITY));
}

TEST_CASE("what passes through each element is counted") {
  StageFixture stage;
  CoreFixture core;
  REQUIRE(start(core, stage.plan())["ok"] == true);
  switchTo(core, testSource());
  core.waitForState("live");
  auto reader = RingReader::open(stage.high());
  Json stats;
  REQUIRE(eventually([&] {
    stats = core.nextStats();
    return stats["streams"]["high"]["published"] > 20 && stats["gate"]["captured"] > 20;
  }));
  const Json& passed = stats["flow"]["stage"];
  const Json& source = stats["flow"]["source"];
  CHECK(source["out"]["entered"] >= stats["gate"]["captured"]);
  CHECK(source["format"]["entered"] >= source["out"]["entered"]);
  CHECK(passed["high-encoder"]["entered"] >= stats["streams"]["high"]["encoded"]);
  CHECK(passed["high-ring"]["entered"] >= stats["streams"]["high"]["published"]);
  CHECK(passed["high-valve"]["entered"] >= passed["high-queue"]["entered"]);
  CHECK(passed["raw-valve"]["entered"] > 20);
  CHECK(passed["raw-queue"]["entered"] == 0);  // closed
  CHECK(!passed.contains("in"));               // nothing enters the inlet but the gate
  CHECK(passed["high-queue"]["lost"] == 0);
}

TEST_CASE("a branch that lingers, and one that is always open") {
  StageFixture stage;
  CoreFixture core;
  REQUIRE(start(core, stage.plan(true))["ok"] == true);
  auto reader = RingReader::open(stage.analysis());
  REQUIRE(frameWith(*reader, TEECAM_FRAME_SLATE, TEECAM_FRAME_SLATE));
  reader.reset();
  CHECK(core.nextStats()["streams"]["analysis"]["open"] == true);
}

TEST_CASE("key frames are asked for twice a second at most, and the last request is kept" *
          doctest::test_suite("real time")) {
  StageFixture stage;
  CoreFixture core;
  REQUIRE(start(core, stage.plan(true))["ok"] == true);
  switchTo(core, testSource());
  core.waitForState("live");
  const auto keys = [&] { return core.nextStats()["streams"]["high"]["keyFrames"].get<int>(); };
  const int before = keys();
  for (int i = 0; i < 50; i++) CHECK(core.send({{"type", "key-frame"}, {"stream", "high"}})["ok"] == true);
  int after = keys();
  CHECK(eventually([&] { return (after = keys()) >= before + 2; }));
  CHECK(after <= before + 3);
  CHECK(core.send({{"type", "key-frame"}, {"stream", "none"}})["error"]["code"] == "bad-message");
}

TEST_CASE("what cannot be done is answered, and changes nothing") {
  StageFixture stage;
  CoreFixture core;
  CHECK(switchTo(core, testSource())["error"]["code"] == "bad-state");
  Json plan = stage.plan();
  plan["graph"]["nodes"][0]["element"] = "no-such-element";
  CHECK(start(core, plan)["error"]["code"] == "missing-element");
  plan = stage.plan();
  plan["branches"][0]["ring"] = "/dev/shm/teecam.nobody.has.this";
  CHECK(start(core, plan)["error"]["code"] == "ring-unusable");
  REQUIRE(start(core, stage.plan())["ok"] == true);
  CHECK(start(core, stage.plan())["error"]["code"] == "bad-state");

  switchTo(core, testSource());
  core.waitForState("live");
  Json source = testSource();
  source["graph"]["nodes"][0]["element"] = "no-such-element";
  CHECK(switchTo(core, source)["error"]["code"] == "missing-element");
  const auto captured = core.nextStats()["gate"]["captured"];
  CHECK(core.nextStats()["gate"]["captured"] > captured);

  core.sendText("{");
  CHECK(core.waitForEvent("warning")["code"] == "bad-message");
}

TEST_CASE("on demand: asleep until somebody reads, and again when nobody does any more") {
  StageFixture stage;
  CoreFixture core;
  REQUIRE(start(core, stage.plan(false, 50, 100))["ok"] == true);
  core.waitForState("starting");
  switchTo(core, testSource());
  core.waitForState("asleep");
  const Json asleep = core.nextStats()["gate"];
  CHECK(asleep["captured"] == 0);
  CHECK(core.nextStats()["gate"]["slates"] == asleep["slates"]);
  CHECK(stateWithoutReading(stage.high()) == TEECAM_RING_IDLE);

  for (int round = 0; round < 3; round++) {
    auto reader = RingReader::open(stage.high());
    auto frame = frameWith(*reader, TEECAM_FRAME_KEY, TEECAM_FRAME_KEY);
    REQUIRE(frame);
    CHECK((frame->info.flags & TEECAM_FRAME_SLATE) == 0);  // the first there is
    core.waitForState("starting");
    core.waitForState("live");
    CHECK(eventually([&] { return reader->status().header.state == TEECAM_RING_LIVE; }));
    frame.reset();  // it holds the ring, too
    reader.reset();
    core.waitForState("asleep");
    CHECK(stateWithoutReading(stage.high()) == TEECAM_RING_IDLE);
    CHECK(core.nextStats()["streams"]["high"]["open"] == false);
  }
  const Json after = core.nextStats()["gate"];
  CHECK(core.nextStats()["gate"] == after);
}

TEST_CASE("on demand: a source that cannot be opened shows its slate, and is not opened by the core again") {
  StageFixture stage;
  CoreFixture core;
  REQUIRE(start(core, stage.plan(false, 50, 100))["ok"] == true);
  core.waitForState("starting");
  Json source = testSource();
  source["graph"]["nodes"][0] = node("camera", "filesrc", {{"location", "/nowhere"}});
  switchTo(core, source);
  core.waitForState("asleep");
  auto reader = RingReader::open(stage.analysis());
  core.waitForState("starting");
  CHECK(core.waitForState("slate")["reason"] != nullptr);
  CHECK(frameWith(*reader, TEECAM_FRAME_SLATE, TEECAM_FRAME_SLATE));

  switchTo(core, testSource());  // another try
  core.waitForState("live");
  switchTo(core, source);
  core.waitForState("slate");
  reader.reset();
  REQUIRE(eventually([&] { return core.nextStats()["streams"]["analysis"]["open"] == false; }));
  switchTo(core, testSource());
  core.waitForState("asleep");
}

TEST_CASE("on demand: a stream that is always open keeps its camera awake") {
  StageFixture stage;
  CoreFixture core;
  REQUIRE(start(core, stage.plan(true, 0, 0))["ok"] == true);
  switchTo(core, testSource());
  core.waitForState("live");
}

TEST_CASE("stopped is the last message, and is sent once") {
  StageFixture stage;
  CoreFixture core;
  REQUIRE(start(core, stage.plan(true))["ok"] == true);
  switchTo(core, testSource());
  core.waitForState("live");
  CHECK(core.send({{"type", "stop"}})["ok"] == true);
  core.sendText(R"({"id":99,"type":"stop"})");
  CHECK(core.waitForEnding() == CoreEnding::kStopped);
  const auto messages = core.messages();
  CHECK(messages.back() == Json::object({{"event", "stopped"}}));
  CHECK(messages[messages.size() - 2]["event"] == "stats");
}
