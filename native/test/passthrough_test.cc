// A whole core whose source has encoded: its frames pass, and are decoded only for whoever needs pixels.
#include <doctest/doctest.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <optional>
#include <string>

#include "core/pipeline.h"
#include "core/ring_reader.h"
#include "core_fixture.h"
#include "gst_fixture.h"

using namespace teecam;
using namespace teecam::test;
using teecam::test::eventually;

namespace {

/// A stage of 320x180 that passes what the source has encoded, and has a raw branch behind a decoder.
class EncodedStage {
 public:
  explicit EncodedStage(const std::string& media)
      : media_(media),
        passed_(RingFile::make(passedName_.path(), passedName_.options(encodedGeometry(1 << 20, 64)))),
        raw_(RingFile::make(rawName_.path(), rawName_.options(rawGeometry(8, 90112)))) {}

  const std::string& passed() const { return passedName_.path(); }
  const std::string& raw() const { return rawName_.path(); }

  Json plan() const {
    const bool jpeg = media_ == "jpeg";
    const Json queue = {{"leaky", "downstream"}, {"max-size-buffers", 30}};
    Json nodes = {node("in", "appsrc", {{"max-buffers", 30}}),
                  node("encoded.tee", "tee"),
                  node("pass.valve", "valve"),
                  node("pass.queue", "queue", queue),
                  node("pass.ring", "teecamringsink"),
                  node("picture.valve", "valve"),
                  node("picture.queue", "queue", queue),
                  node("decode", jpeg ? "jpegdec" : "avdec_h264", {{"max-errors", -1}}),
                  node("tee", "tee"),
                  node("raw.valve", "valve"),
                  node("raw.queue", "queue", queue),
                  node("raw.convert", "videoconvert"),
                  node("raw.format", "capsfilter", {{"caps", "video/x-raw,format=NV12"}}),
                  node("raw.ring", "teecamringsink")};
    std::vector<std::string> pass = {"encoded.tee", "pass.valve", "pass.queue"};
    std::vector<std::string> picture = {"encoded.tee", "picture.valve", "picture.queue"};
    if (!jpeg) {
      nodes.push_back(node("pass.keys", "teecamfromkey"));
      nodes.push_back(node("picture.keys", "teecamfromkey"));
      pass.push_back("pass.keys");
      picture.push_back("picture.keys");
    }
    pass.push_back("pass.ring");
    for (const char* id :
         {"decode", "tee", "raw.valve", "raw.queue", "raw.convert", "raw.format", "raw.ring"})
      picture.push_back(id);
    return {
        {"camera", "front"},
        {"graph",
         {{"nodes", nodes},
          {"links", append(append(chain({"in", "encoded.tee"}), chain(pass)), chain(picture))}}},
        {"inlet", "in"},
        {"sleepAfterMs", nullptr},
        {"gate",
         {{"width", 320},
          {"height", 180},
          {"framerate", {30, 1}},
          {"stallMs", 500},
          {"slateFramerate", {5, 1}},
          {"slateFile", nullptr},
          {"media", media_},
          {"slateEncoder", jpeg ? jpegSlate() : h264Slate()}}},
        {"branches",
         {branch("pass", {"pass.valve"}, passed()), branch("raw", {"picture.valve", "raw.valve"}, raw())}}};
  }

 private:
  static Json jpegSlate() { return Json::array({node("range", "teecamfullrange"), node("jpeg", "jpegenc")}); }
  static Json h264Slate() {
    return Json::array(
        {node("encode", "x264enc", {{"tune", "zerolatency"}, {"key-int-max", 1}}),
         node("parse", "h264parse", {{"config-interval", -1}}),
         node("frames", "capsfilter", {{"caps", "video/x-h264,stream-format=byte-stream,alignment=au"}})});
  }
  static Json branch(const std::string& stream, const std::vector<std::string>& valves,
                     const std::string& ring) {
    return {{"stream", stream},         {"valves", valves},     {"encoder", nullptr},
            {"sink", stream + ".ring"}, {"ring", ring},         {"always", false},
            {"lingerMs", 50},           {"gopFrames", nullptr}, {"keyFrameBy", nullptr}};
  }

  std::string media_;
  RingName passedName_, rawName_;
  std::unique_ptr<RingFile> passed_, raw_;
};

/// A camera that encodes; of H.264 with a key frame every second.
Json encodedSource(const std::string& media, std::optional<int> frames = std::nullopt) {
  Json source = testSource(frames);
  const bool jpeg = media == "jpeg";
  source["media"] = media;
  source["graph"]["nodes"] = {
      source["graph"]["nodes"][0],
      source["graph"]["nodes"][1],
      node("convert", "videoconvert"),
      jpeg ? node("encode", "jpegenc")
           : node("encode", "x264enc",
                  {{"tune", "zerolatency"},
                   {"speed-preset", "ultrafast"},
                   {"threads", 1},
                   {"key-int-max", 30}}),
      jpeg ? node("frames", "capsfilter", {{"caps", "image/jpeg"}})
           : node("frames", "h264parse", {{"config-interval", -1}}),
      node("out", "appsink",
           {{"caps", jpeg ? "image/jpeg" : "video/x-h264,stream-format=byte-stream,alignment=au"}})};
  source["graph"]["links"] = chain({"camera", "format", "convert", "encode", "frames", "out"});
  return source;
}

/// A camera whose key frame comes after seven seconds of frames that need one before them. Each lies in a
/// file.
class LateKeyFrame {
 public:
  LateKeyFrame() {
    REQUIRE(mkdtemp(folder_.data()) != nullptr);
    Pipeline encoder("encoder",
                     {{{"in", "videotestsrc", {{"num-buffers", "80"}}},
                       {"size", "capsfilter", {{"caps", "video/x-raw,format=I420,width=320,height=180"}}},
                       {"encode", "x264enc", {{"tune", "zerolatency"}, {"key-int-max", "80"}}},
                       {"h264", "capsfilter", {{"caps", kCaps}}},
                       {"out", "multifilesink", {{"location", folder_ + "/%02d"}}}},
                      {{"in", "size"}, {"size", "encode"}, {"encode", "h264"}, {"h264", "out"}}});
    gst_element_set_state(encoder.get(), GST_STATE_PLAYING);
    const ObjectPtr<GstBus> bus(gst_element_get_bus(encoder.get()));
    const MessagePtr end(gst_bus_timed_pop_filtered(
        bus.get(), 10 * GST_SECOND, static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR)));
    REQUIRE(end != nullptr);
    REQUIRE(GST_MESSAGE_TYPE(end.get()) == GST_MESSAGE_EOS);
    std::filesystem::rename(folder_ + "/00", folder_ + "/70");
  }
  ~LateKeyFrame() { std::filesystem::remove_all(folder_); }
  LateKeyFrame(const LateKeyFrame&) = delete;
  LateKeyFrame& operator=(const LateKeyFrame&) = delete;

  Json source() const {
    Json source = encodedSource("h264");
    source["graph"] = {{"nodes",
                        {node("camera", "multifilesrc",
                              {{"location", folder_ + "/%02d"}, {"start-index", 1}, {"caps", kCaps}}),
                         node("slow", "identity", {{"sleep-time", 100'000}}),
                         node("parse", "h264parse", {{"config-interval", -1}}), node("out", "appsink")}},
                       {"links", chain({"camera", "slow", "parse", "out"})}};
    return source;
  }

  /// As a network camera that is decoded where it comes in.
  Json decodedSource() const {
    Json source = this->source();
    source["media"] = "raw";
    source["foreignClock"] = true;
    source["graph"]["nodes"][2] = node("parse", "decodebin");
    return source;
  }

 private:
  static constexpr const char* kCaps = "video/x-h264,stream-format=byte-stream,alignment=au";
  std::string folder_ = std::filesystem::temp_directory_path() / "teecam-late-XXXXXX";
};

template <typename AnyStage>
void run(CoreFixture& core, const AnyStage& stage, const Json& source) {
  REQUIRE(core.send({{"type", "start"}, {"plan", stage.plan()}})["ok"] == true);
  REQUIRE(core.send({{"type", "switch-source"}, {"source", source}})["ok"] == true);
}

std::string bytesOf(const RingFrame& frame) {
  return {reinterpret_cast<const char*>(frame.data.data()), frame.data.size()};
}

std::uint64_t entered(CoreFixture& core, const std::string& node) {
  return core.nextStats()["flow"]["stage"][node]["entered"].get<std::uint64_t>();
}

}  // namespace

TEST_CASE("a camera's JPEG reaches its ring undecoded, and is decoded while somebody needs pixels") {
  EncodedStage stage("jpeg");
  CoreFixture core;
  run(core, stage, encodedSource("jpeg"));
  core.waitForState("live");
  auto jpegs = RingReader::open(stage.passed());
  for (int i = 0; i < 10; i++) {
    const auto frame = frameWith(*jpegs, 0, TEECAM_FRAME_SLATE);
    REQUIRE(frame);
    const std::string bytes = bytesOf(*frame);
    CHECK(bytes.starts_with("\xff\xd8"));
    CHECK(bytes.ends_with("\xff\xd9"));
    CHECK(frame->info.width == 320);
  }
  CHECK(entered(core, "decode") == 0);
  CHECK(core.nextStats()["streams"]["pass"]["encoded"] == 0);

  {
    auto pictures = RingReader::open(stage.raw());
    const auto picture = frameWith(*pictures, 0, TEECAM_FRAME_SLATE);
    REQUIRE(picture);
    CHECK(picture->info.size >= 320 * 180 * 3 / 2);
  }
  REQUIRE(eventually([&] { return core.nextStats()["streams"]["raw"]["open"] == false; }));
  const auto decoded = entered(core, "decode");
  CHECK(decoded > 0);
  REQUIRE(frameWith(*jpegs, 0, TEECAM_FRAME_SLATE));
  CHECK(entered(core, "decode") == decoded);
}

TEST_CASE("a JPEG camera that ends shows its slate to those who get its JPEG, and to those who get pixels") {
  EncodedStage stage("jpeg");
  CoreFixture core;
  run(core, stage, encodedSource("jpeg", 40));
  auto jpegs = RingReader::open(stage.passed());
  auto pictures = RingReader::open(stage.raw());
  REQUIRE(frameWith(*jpegs, 0, TEECAM_FRAME_SLATE));
  REQUIRE(frameWith(*pictures, 0, TEECAM_FRAME_SLATE));
  core.waitFor([](const Json& message) { return message.value("reason", Json()) == "gone"; });
  const auto slate = frameWith(*jpegs, TEECAM_FRAME_SLATE, TEECAM_FRAME_SLATE);
  REQUIRE(slate);
  CHECK(bytesOf(*slate).starts_with("\xff\xd8"));
  CHECK(frameWith(*pictures, TEECAM_FRAME_SLATE, TEECAM_FRAME_SLATE));
  REQUIRE(core.send({{"type", "switch-source"}, {"source", encodedSource("jpeg")}})["ok"] == true);
  CHECK(frameWith(*jpegs, 0, TEECAM_FRAME_SLATE));
  CHECK(frameWith(*pictures, 0, TEECAM_FRAME_SLATE));
}

TEST_CASE("a reader of a camera's H.264 begins at a key frame, at the slate, and when it is back") {
  EncodedStage stage("h264");
  CoreFixture core;
  run(core, stage, encodedSource("h264", 100));
  core.waitForState("live");
  std::uint64_t seen = 0;
  for (int round = 0; round < 2; round++) {
    auto reader = RingReader::open(stage.passed());
    std::optional<RingFrame> first;
    do {  // what an earlier reader had is still in the ring
      first = frameWith(*reader, TEECAM_FRAME_DISCONTINUITY, TEECAM_FRAME_DISCONTINUITY);
      REQUIRE(first);
    } while (first->info.sequence <= seen);
    CHECK((first->info.flags & TEECAM_FRAME_KEY) != 0);
    auto next = frameWith(*reader, 0, 0);
    REQUIRE(next);
    CHECK(next->info.sequence == first->info.sequence + 1);
    seen = next->info.sequence;
    first.reset();  // a frame holds the ring, too
    next.reset();
    reader.reset();
    REQUIRE(eventually([&] { return core.nextStats()["streams"]["pass"]["open"] == false; }));
  }
  auto reader = RingReader::open(stage.passed());
  core.waitFor([](const Json& message) { return message.value("reason", Json()) == "gone"; });
  const auto slate = frameWith(*reader, TEECAM_FRAME_SLATE, TEECAM_FRAME_SLATE);
  REQUIRE(slate);
  CHECK((slate->info.flags & TEECAM_FRAME_KEY) != 0);
  REQUIRE(core.send({{"type", "switch-source"}, {"source", encodedSource("h264")}})["ok"] == true);
  const auto live = frameWith(*reader, 0, TEECAM_FRAME_SLATE);
  REQUIRE(live);
  CHECK((live->info.flags & TEECAM_FRAME_KEY) != 0);
  CHECK(core.nextStats()["streams"]["pass"]["encoded"] == 0);
}

TEST_CASE("a camera's H.264 is decoded from a key frame on, while somebody needs pixels") {
  EncodedStage stage("h264");
  CoreFixture core;
  run(core, stage, encodedSource("h264"));
  core.waitForState("live");
  CHECK(entered(core, "decode") == 0);
  auto pictures = RingReader::open(stage.raw());
  REQUIRE(frameWith(*pictures, 0, TEECAM_FRAME_SLATE));
  CHECK(entered(core, "picture.keys") > 0);
}

TEST_CASE("H.264 goes live at its first key frame, however late, and until then says what is waited for") {
  const LateKeyFrame camera;
  EncodedStage stage("h264");
  StageFixture rawStage;
  CoreFixture core, decoding;
  run(core, stage, camera.source());
  run(decoding, rawStage, camera.decodedSource());
  const auto reason = [](const char* said) {
    return [said](const Json& message) { return message.value("reason", Json()) == said; };
  };
  for (CoreFixture* each : {&core, &decoding}) {
    each->waitFor(reason("stalled"));
    each->waitFor(reason("no-key-frame"));
    each->waitForState("live");
  }
}

TEST_CASE("a source whose key frames are rare is asked for one when somebody comes") {
  EncodedStage stage("h264");
  CoreFixture core;
  Json source = encodedSource("h264");
  for (Json& one : source["graph"]["nodes"]) {
    if (one["element"] == "x264enc") one["properties"]["key-int-max"] = 10'000;
  }
  run(core, stage, source);
  core.waitForState("live");
  core.nextStats();  // its first key frame has gone by
  for (int round = 0; round < 2; round++) {
    auto reader = RingReader::open(stage.passed());
    const auto key = frameWith(*reader, 0, TEECAM_FRAME_SLATE);
    REQUIRE(key);
    CHECK((key->info.flags & TEECAM_FRAME_KEY) != 0);
  }
}

TEST_CASE("a source of other media than the stage's is refused") {
  EncodedStage stage("jpeg");
  CoreFixture core;
  REQUIRE(core.send({{"type", "start"}, {"plan", stage.plan()}})["ok"] == true);
  const auto refused = core.send({{"type", "switch-source"}, {"source", testSource()}});
  CHECK(refused["error"]["code"] == "bad-plan");
}

TEST_CASE("a slate that cannot be encoded is told of") {
  EncodedStage stage("jpeg");
  CoreFixture core;
  Json plan = stage.plan();
  plan["gate"]["slateEncoder"] = Json::array({node("broken", "identity", {{"error-after", 1}})});
  CHECK(core.send({{"type", "start"}, {"plan", plan}})["error"]["code"] == "bad-plan");
}
