#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>

#include "core/ring_reader.h"
#include "core_fixture.h"
#include "gst_fixture.h"

using namespace teecam;
using namespace teecam::test;
using teecam::test::eventually;

namespace {

const Json kNothing = {
    {"set", Json::array()},
    {"remove", {{"nodes", Json::array()}, {"streams", Json::array()}}},
    {"add", {{"nodes", Json::array()}, {"links", Json::array()}, {"branches", Json::array()}}},
    {"adjust", Json::array()},
    {"drafts", Json::array()}};

/// Noise, of which no two frames are alike and no encoder can make little.
Json noise() {
  Json source = testSource();
  source["graph"]["nodes"][0]["properties"]["pattern"] = "snow";
  return source;
}

/// A camera that runs: with a source, or showing a slate of twenty frames a second, which no machine is too
/// slow for.
struct Running {
  explicit Running(Json plan, const Json& source = nullptr) {
    plan["gate"]["slateFramerate"] = {20, 1};
    REQUIRE(core.send({{"type", "start"}, {"plan", plan}})["ok"] == true);
    if (source.is_null()) return;
    REQUIRE(core.send({{"type", "switch-source"}, {"source", source}})["ok"] == true);
    core.waitForState("live");
  }
  Json change(const Json& change) { return core.send({{"type", "change"}, {"change", change}}); }
  /// The code of its refusal.
  std::string refusal(const Json& wanted) {
    const Json reply = change(wanted);
    return reply["ok"] == true ? "none" : reply["error"]["code"].get<std::string>();
  }
  Json stream(const std::string& name) { return core.nextStats()["streams"][name]; }
  CoreFixture core;
};

/// Reads a ring from its newest frame on.
struct Follower {
  explicit Follower(const std::string& path) : reader(RingReader::open(path)) {
    while (reader->take(RingMode::next)) {
    }
  }
  /// The next frame. Fails after 5 s.
  RingFrame next() {
    const auto deadline = std::chrono::steady_clock::now() + 5s;
    for (;;) {
      if (auto frame = reader->take(RingMode::next)) {
        missed += frame->missed;
        if (last != 0) gaps += frame->info.sequence - last - 1;
        last = frame->info.sequence;
        return *frame;
      }
      if (std::chrono::steady_clock::now() > deadline) throw std::runtime_error("no frame came");
      reader->waitFor(50ms);
    }
  }
  /// The mean size of so many frames that are no key frames.
  double meanSize(int frames) {
    double sum = 0;
    for (int i = 0; i < frames;) {
      const auto frame = next();
      if (frame.info.key_sequence == frame.info.sequence && frame.info.fourcc == fourcc("H264")) continue;
      sum += static_cast<double>(frame.info.size);
      i++;
    }
    return sum / frames;
  }
  static std::uint32_t fourcc(const char* text) {
    std::uint32_t code = 0;
    std::memcpy(&code, text, sizeof code);
    return code;
  }
  std::unique_ptr<RingReader> reader;
  std::uint64_t last = 0, missed = 0, gaps = 0;
};

Json setting(const std::string& node, const std::string& property, const Json& value) {
  Json change = kNothing;
  change["set"] = Json::array({{{"node", node}, {"property", property}, {"value", value}}});
  return change;
}

/// A JPEG branch that can be hung on the tee of a StageFixture, with its ring.
struct Extra {
  explicit Extra(const std::string& stream = "extra")
      : stream_(stream), ring(RingFile::make(name_.path(), name_.options(encodedGeometry(1 << 20, 64)))) {}

  const std::string& path() const { return name_.path(); }
  RingFileOptions options(const RingGeometry& geometry) const { return name_.options(geometry); }
  std::string id(const std::string& what) const { return stream_ + "." + what; }
  Json branch() const {
    return {{"stream", stream_},  {"valves", {id("valve")}}, {"encoder", id("encode")},
            {"sink", id("ring")}, {"ring", path()},          {"always", true},
            {"lingerMs", 0},      {"gopFrames", nullptr},    {"keyFrameBy", nullptr}};
  }
  Json addition(int width = 160, int quality = 80) const {
    const std::string caps =
        "video/x-raw,width=" + std::to_string(width) + ",height=" + std::to_string(width * 9 / 16);
    Json change = kNothing;
    change["add"]["nodes"] = {node(id("valve"), "valve"),
                              node(id("queue"), "queue", {{"leaky", "downstream"}, {"max-size-buffers", 2}}),
                              node(id("scale"), "videoscale"),
                              node(id("size"), "capsfilter", {{"caps", caps}}),
                              node(id("encode"), "jpegenc", {{"quality", quality}}),
                              node(id("ring"), "teecamringsink")};
    change["add"]["links"] =
        chain({"tee", id("valve"), id("queue"), id("scale"), id("size"), id("encode"), id("ring")});
    change["add"]["branches"] = Json::array({branch()});
    return change;
  }
  Json removal() const {
    Json change = kNothing;
    change["remove"] = {
        {"streams", {stream_}},
        {"nodes", {id("valve"), id("queue"), id("scale"), id("size"), id("encode"), id("ring")}}};
    return change;
  }
  /// The branch is built anew.
  Json rebuilding(int width) const {
    Json change = addition(width);
    change["remove"] = removal()["remove"];
    return change;
  }

 private:
  const std::string stream_;
  RingName name_;

 public:
  const std::unique_ptr<RingFile> ring;
};

int changesWanted() {
  const char* text = std::getenv("TEECAM_TEST_CHANGES");
  return text != nullptr ? std::atoi(text) : 60;
}

}  // namespace

TEST_CASE("branches come to a stage that runs and go again, and the others lose no frame" *
          doctest::test_suite("real time")) {
  StageFixture stage;
  Json plan = stage.plan(true);
  for (Json& one : plan["graph"]["nodes"]) {
    // So that a machine which is busy loses none either.
    if (one["element"] == "queue") one["properties"]["max-size-buffers"] = 100;
  }
  Running camera(plan);
  Extra extra;
  Follower high(stage.high()), analysis(stage.analysis());
  high.next();
  analysis.next();
  const int wanted = changesWanted();
  for (int i = 0; i < wanted; i++) {
    REQUIRE(camera.change(extra.addition())["ok"] == true);
    if (i % 20 == 0) {
      Follower added(extra.path());
      CHECK(added.next().info.width == 160);
    }
    REQUIRE(camera.change(extra.removal())["ok"] == true);
    while (auto frame = high.reader->take(RingMode::next)) {
      CHECK(frame->missed == 0);
      CHECK((frame->info.flags & TEECAM_FRAME_DISCONTINUITY) == 0);
    }
  }
  CHECK(high.next().missed == 0);
  Json stats;
  const auto arrived = [&](const char* stream) {
    const int entered = stats["gate"]["slates"].get<int>() - stats["gate"]["dropped"].get<int>();
    return entered - stats["streams"][stream]["published"].get<int>() <= 3;  // on their way
  };
  CHECK(eventually([&] {
    stats = camera.core.nextStats();
    return arrived("high") && arrived("analysis");
  }));
  CHECK(!stats["streams"].contains("extra"));
  for (const char* stream : {"high", "analysis"}) CHECK(stats["streams"][stream]["dropped"] == 0);
}

TEST_CASE("a change that cannot be made leaves everything as it was") {
  StageFixture stage;
  Running camera(stage.plan(true));
  Extra extra;
  const auto with = [&](const char* pointer, const Json& value) {
    Json change = extra.addition();
    change[Json::json_pointer(pointer)] = value;
    return change;
  };
  const auto removing = [](std::vector<std::string> nodes, std::vector<std::string> streams) {
    Json change = kNothing;
    change["remove"] = {{"nodes", nodes}, {"streams", streams}};
    return change;
  };
  const std::vector<std::string> whole = {"raw-valve", "raw-queue", "raw-convert", "raw-format", "raw-ring"};
  Follower high(stage.high());
  high.next();
  CHECK(camera.refusal(with("/add/nodes/4/element", "no-such-element")) == "missing-element");
  CHECK(camera.refusal(with("/add/nodes/4/properties/quality", 1000)) == "bad-plan");
  CHECK(camera.refusal(with("/add/nodes/3/id", "tee")) == "bad-plan");
  CHECK(camera.refusal(with("/add/links/0/from", "nowhere")) == "bad-plan");
  CHECK(camera.refusal(with("/add/links/2/to", "nowhere")) == "bad-plan");
  CHECK(camera.refusal(with("/add/branches/0/sink", "extra.encode")) == "bad-plan");
  CHECK(camera.refusal(with("/add/branches/0/stream", "high")) == "bad-plan");
  CHECK(camera.refusal(with("/add/branches/0/ring", "/dev/shm/teecam.nobody.has.this")) == "ring-unusable");
  CHECK(camera.refusal(with("/drafts", {"extra"})) == "ring-unusable");
  CHECK(camera.refusal(with("/add/branches/0/ring", stage.high())) == "ring-unusable");
  CHECK(camera.refusal(removing({"tee"}, {})) == "bad-plan");
  CHECK(camera.refusal(removing({"in"}, {})) == "bad-plan");
  CHECK(camera.refusal(removing({"raw-format", "raw-ring"}, {"analysis"})) == "bad-plan");
  CHECK(camera.refusal(removing({"raw-valve", "raw-queue"}, {})) == "bad-plan");
  CHECK(camera.refusal(removing(whole, {})) == "bad-plan");
  CHECK(camera.refusal(removing({}, {"analysis"})) == "bad-plan");
  CHECK(camera.refusal(removing({"nothing"}, {"nobody"})) == "bad-plan");
  CHECK(camera.refusal(setting("high-encoder", "key-int-max", 3)) == "bad-plan");
  CHECK(camera.refusal(setting("high-encoder", "bitrate", "much")) == "bad-plan");
  CHECK(camera.refusal(setting("nothing", "bitrate", 3)) == "bad-plan");
  // What could be done of it is not done.
  Json half = extra.addition();
  half["set"] = setting("nothing", "bitrate", 3)["set"];
  CHECK(camera.refusal(half) == "bad-plan");

  CHECK(high.next().missed == 0);
  CHECK(camera.core.nextStats()["streams"].size() == 2);
  CHECK(camera.refusal(extra.addition()) == "none");
  CHECK(camera.refusal(removing(whole, {"analysis"})) == "none");
  CHECK(high.next().missed == 0);
}

TEST_CASE("a branch that is built anew goes on in its ring, for the readers that it has") {
  StageFixture stage;
  Running camera(stage.plan());
  Extra extra;
  Json addition = extra.addition(), rebuilding = extra.rebuilding(80);
  for (Json* change : {&addition, &rebuilding}) (*change)["add"]["branches"][0]["always"] = false;
  REQUIRE(camera.change(addition)["ok"] == true);
  Follower follower(extra.path());
  CHECK(follower.next().info.width == 160);
  const auto generation = follower.reader->status().header.generation;
  const Json before = camera.stream("extra");
  REQUIRE(camera.change(rebuilding)["ok"] == true);
  RingFrame frame = follower.next();
  while (frame.info.width == 160) frame = follower.next();
  CHECK(frame.info.width == 80);
  CHECK((frame.info.flags & TEECAM_FRAME_DISCONTINUITY) != 0);
  CHECK(follower.reader->status().header.generation > generation);
  CHECK(follower.missed + follower.gaps == 0);
  CHECK(follower.reader->status().reopened == 0);
  const Json after = camera.stream("extra");
  CHECK(after["published"] > before["published"]);
  CHECK(after["readers"] == 1);
}

TEST_CASE(
    "a branch that is built anew begins a new ring, and readers come over without a gap in the numbers") {
  StageFixture stage;
  Running camera(stage.plan(true));
  Extra extra;
  REQUIRE(camera.change(extra.addition())["ok"] == true);
  Follower follower(extra.path());
  follower.next();
  const auto generation = follower.next().info.generation;
  Json rebuilding = extra.rebuilding(320);
  rebuilding["drafts"] = {"extra"};
  extra.ring->draft(extra.options(encodedGeometry(1 << 21, 128)));
  follower.next();  // the old file gets more frames than the draft knows of
  REQUIRE(camera.change(rebuilding)["ok"] == true);
  CHECK(eventually([&] { return camera.stream("extra")["published"] > 8; }));
  extra.ring->publishDraft();
  RingFrame frame = follower.next();
  while (frame.info.width == 160) frame = follower.next();
  CHECK(frame.info.width == 320);
  CHECK(frame.info.generation > generation);
  CHECK(follower.missed + follower.gaps == 0);
  CHECK(follower.reader->status().reopened == 1);
  REQUIRE(camera.change(extra.rebuilding(160))["ok"] == true);  // in the file that has the name now
  while (follower.next().info.width != 160) {
  }
  CHECK(follower.missed + follower.gaps == 0);
}

TEST_CASE("a larger ring is taken over by an encoder that goes on") {
  StageFixture stage;
  Running camera(stage.plan(true));
  Extra extra;
  REQUIRE(camera.change(extra.addition())["ok"] == true);
  Follower follower(extra.path());
  follower.next();
  extra.ring->draft(extra.options(encodedGeometry(1 << 21, 128)));
  Json change = setting("extra.encode", "quality", 95);
  change["drafts"] = {"extra"};
  Json half = change;
  half["drafts"].push_back("analysis");
  CHECK(camera.refusal(half) == "ring-unusable");
  follower.next();
  REQUIRE(camera.change(change)["ok"] == true);
  extra.ring->publishDraft();
  while (follower.reader->status().reopened == 0)
    CHECK((follower.next().info.flags & TEECAM_FRAME_DISCONTINUITY) == 0);
  for (int i = 0; i < 5; i++) CHECK((follower.next().info.flags & TEECAM_FRAME_DISCONTINUITY) == 0);
  CHECK(follower.missed + follower.gaps == 0);
  CHECK(camera.stream("extra")["openings"] == 1);
}

TEST_CASE("a draft that is not wanted any more leaves nothing") {
  RingName name;
  const auto ring = RingFile::make(name.path(), name.options(encodedGeometry()));
  ring->draft(name.options(encodedGeometry(32768)));
  CHECK(access(ringDraftName(name.path()).c_str(), F_OK) == 0);
  CHECK_THROWS_AS(ring->draft(name.options(encodedGeometry(65536))), RingError);
  ring->dropDraft();
  CHECK(access(ringDraftName(name.path()).c_str(), F_OK) != 0);
  CHECK_THROWS_AS(ring->publishDraft(), RingError);
  ring->draft(name.options(encodedGeometry(65536)));
  ring->close();
  CHECK(access(ringDraftName(name.path()).c_str(), F_OK) != 0);
}

TEST_CASE("bitrate and quality take effect while frames pass") {
  for (const std::string encoder : {"x264enc", "openh264enc"}) {
    CAPTURE(encoder);
    StageFixture stage;
    Json plan = stage.plan(true);
    Json& node = plan["graph"]["nodes"][7];
    const bool isX264 = encoder == "x264enc";
    const int unit = isX264 ? 1000 : 1;
    node["element"] = encoder;
    if (!isX264)
      node["properties"] = {{"rate-control", "bitrate"},
                            {"gop-size", 0},
                            {"enable-frame-skip", false},
                            {"scene-change-detection", false}};
    // openh264enc gives up a frame that does not fit its buffer, as noise may at 12 Mbit/s when frames come
    // late.
    const int bitsPerSecond = isX264 ? 12'000'000 : 6'000'000;
    node["properties"]["bitrate"] = bitsPerSecond / unit;
    Running camera(plan, noise());
    Follower high(stage.high());
    const double before = high.meanSize(45);
    const int keyFrames = camera.stream("high")["keyFrames"];
    REQUIRE(camera.change(setting("high-encoder", "bitrate", bitsPerSecond / unit * 2 / 5))["ok"] == true);
    double after = 0;
    CHECK(eventually([&] { return (after = high.meanSize(10)) < before * 0.7; }));
    MESSAGE(encoder << ": " << before << " bytes a frame, then " << after);
    CHECK(high.missed + high.gaps == 0);
    CHECK(camera.stream("high")["keyFrames"] <= keyFrames + 1);  // the encoder did not begin anew
  }
  StageFixture stage;
  Running camera(stage.plan(true), noise());
  Extra extra;
  REQUIRE(camera.change(extra.addition(160, 95))["ok"] == true);
  Follower follower(extra.path());
  const double before = follower.meanSize(10);
  REQUIRE(camera.change(setting("extra.encode", "quality", 20))["ok"] == true);
  double after = 0;
  CHECK(eventually([&] { return (after = follower.meanSize(5)) < before / 2; }));
  CHECK(follower.missed + follower.gaps == 0);
}

TEST_CASE("how many frames may wait takes effect while frames pass") {
  StageFixture stage;
  Running camera(stage.plan(true), noise());
  CHECK(camera.refusal(setting("in", "max-buffers", 4)) == "none");
  CHECK(camera.refusal(setting("high-queue", "max-size-buffers", 16)) == "none");
}

TEST_CASE("the rate takes effect while frames pass") {
  StageFixture stage;
  Running camera(stage.plan(true));
  Follower high(stage.high());
  const auto framerate = [&] { return high.reader->status().header.framerate_num; };
  high.next();
  REQUIRE(camera.change(setting("rate", "max-framerate", "4/1"))["ok"] == true);
  CHECK(eventually([&] {
    high.next();
    return framerate() == 4;
  }));
  // A busy machine captures one of them late; a second for the four after it, and 133 ms without a limit.
  const auto first = high.next().info.capture_ns;
  for (int i = 0; i < 3; i++) high.next();
  CHECK(high.next().info.capture_ns - first > 500'000'000);
  REQUIRE(camera.change(setting("rate", "max-framerate", "30/1"))["ok"] == true);
  CHECK(eventually([&] {
    high.next();
    return framerate() != 4;
  }));
  CHECK(high.missed + high.gaps == 0);
}

TEST_CASE("key frames come at the exact distance, whatever the encoder, and it can change") {
  for (const std::string encoder : {"x264enc", "openh264enc"}) {
    CAPTURE(encoder);
    StageFixture stage;
    Json plan = stage.plan(true);
    plan["graph"]["nodes"][7]["element"] = encoder;
    plan["graph"]["nodes"][7]["properties"] =
        encoder == "x264enc"
            ? Json({{"tune", "zerolatency"}, {"threads", 1}, {"key-int-max", 1 << 30}})
            : Json({{"gop-size", 0}, {"scene-change-detection", false}, {"enable-frame-skip", false}});
    plan["branches"][0]["gopFrames"] = 7;
    Running camera(plan, testSource());
    Follower high(stage.high());
    std::uint64_t key = 0;
    const auto distance = [&] {
      for (;;) {
        const auto frame = high.next();
        if ((frame.info.flags & TEECAM_FRAME_KEY) == 0) continue;
        const std::uint64_t passed = key == 0 ? 0 : frame.info.sequence - key;
        key = frame.info.sequence;
        return passed;
      }
    };
    // The camera's first frame and the reader's coming have asked for one each, one of them late.
    int inARow = 0;
    CHECK(eventually([&] { return (inARow = distance() == 7 ? inARow + 1 : 0) == 5; }));
    Json change = kNothing;
    change["adjust"] = Json::array({plan["branches"][0]});
    change["adjust"][0]["gopFrames"] = 3;
    REQUIRE(camera.change(change)["ok"] == true);
    CHECK(eventually([&] { return distance() == 3; }));
    for (int i = 0; i < 5; i++) CHECK(distance() == 3);
    // The slate asks for more of them, never for fewer.
    camera.core.send({{"type", "switch-source"}, {"source", nullptr}});
    for (int i = 0; i < 8; i++) CHECK(distance() <= 3);
    CHECK(high.missed + high.gaps == 0);
  }
}

TEST_CASE("linger and always change where nobody reads") {
  StageFixture stage;
  Running camera(stage.plan(true));
  const Json branches = stage.plan(true)["branches"];
  const auto adjust = [&](bool always) {
    Json change = kNothing;
    change["adjust"] = branches;
    for (Json& branch : change["adjust"]) branch["always"] = always;
    return change;
  };
  CHECK(camera.stream("high")["open"] == true);
  REQUIRE(camera.change(adjust(false))["ok"] == true);
  CHECK(eventually([&] { return camera.stream("high")["open"] == false; }));
  REQUIRE(camera.change(adjust(true))["ok"] == true);
  CHECK(eventually([&] { return camera.stream("high")["open"] == true; }));
}

TEST_CASE("changes in a row, and while a source is being opened") {
  StageFixture stage;
  Running camera(stage.plan(true));
  Extra first("first"), second("second");
  int id = 5000;
  const auto tell = [&](Json command) {
    command["id"] = ++id;
    camera.core.sendText(command.dump());
  };
  tell({{"type", "switch-source"}, {"source", testSource()}});
  tell({{"type", "change"}, {"change", first.addition()}});
  tell({{"type", "change"}, {"change", second.addition()}});
  tell({{"type", "change"}, {"change", first.removal()}});
  camera.core.waitForState("live");
  for (int i = 5002; i <= 5004; i++) {
    CHECK(camera.core.waitFor([i](const Json& one) { return one.value("reply", -1) == i; })["ok"] == true);
  }
  Follower follower(second.path());
  follower.next();
  const Json streams = camera.core.nextStats()["streams"];
  CHECK(streams.contains("second"));
  CHECK(!streams.contains("first"));
}

TEST_CASE("a change while the camera stops does not keep it") {
  StageFixture stage;
  Extra extra;
  Running camera(stage.plan(true), testSource());
  camera.core.sendText(R"({"id":1000,"type":"stop"})");
  camera.core.sendText(Json{{"id", 1001}, {"type", "change"}, {"change", extra.addition()}}.dump());
  CHECK(camera.core.waitForEnding() == CoreEnding::kStopped);
  CHECK(camera.core.messages().back() == Json::object({{"event", "stopped"}}));
}

TEST_CASE("readers of the file before count until they have come over") {
  const RingName name;
  const auto ring = RingFile::make(name.path(), name.options(encodedGeometry()));
  GMainContext* context = g_main_context_new();
  unsigned known = 99;
  {
    PresenceWatch watch(context);
    const auto id = watch.add(name.path(), [&](unsigned readers, bool) { known = readers; });
    const auto until = [&](unsigned wanted) {
      return eventually([&] {
        g_main_context_iteration(context, FALSE);
        return known == wanted;
      });
    };
    auto reader = RingReader::open(name.path());
    REQUIRE(until(1));
    ring->draft(name.options(encodedGeometry(32768)));
    ring->publishDraft();
    bool everNone = false;
    const auto deadline = std::chrono::steady_clock::now() + 1200ms;  // two sweeps
    while (std::chrono::steady_clock::now() < deadline) {
      g_main_context_iteration(context, FALSE);
      everNone = everNone || known == 0;
      std::this_thread::sleep_for(1ms);
    }
    CHECK(!everNone);
    reader->waitFor(1s);
    CHECK(reader->status().reopened == 1);
    CHECK(until(1));
    reader.reset();
    CHECK(until(0));
    watch.remove(id);
    known = 99;
    const auto other = RingReader::open(name.path());
    g_main_context_iteration(context, FALSE);
    CHECK(known == 99);
  }
  g_main_context_unref(context);
}
