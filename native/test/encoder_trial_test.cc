#include "core/encoder_trial.h"

#include <doctest/doctest.h>

#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/error.h"
#include "core/key_frames.h"
#include "core/pipeline.h"
#include "core/plan_reader.h"
#include "gst_fixture.h"

using namespace teecam;
using namespace teecam::test;

namespace {

using Properties = std::map<std::string, std::string>;

/// As the planner makes it: 18 frames, a key frame asked for every 6.
EncoderTrial trialOf(const std::string& element, Properties properties = {}, KeyFrameBy by = {}) {
  EncoderTrial trial;
  trial.graph.nodes = {
      {"picture", "videotestsrc", {{"num-buffers", "18"}}},
      {"size", "capsfilter", {{"caps", "video/x-raw,format=I420,width=320,height=240,framerate=30/1"}}},
      {"encode", element, std::move(properties)},
      {"parse", "h264parse", {{"config-interval", "-1"}}},
      {"frames", "capsfilter", {{"caps", "video/x-h264,stream-format=byte-stream,alignment=au"}}},
      {"sink", "fakesink", {}},
  };
  for (std::size_t at = 1; at < trial.graph.nodes.size(); at++)
    trial.graph.links.push_back({trial.graph.nodes[at - 1].id, trial.graph.nodes[at].id});
  trial.encoder = "encode";
  trial.sink = "sink";
  trial.keyFrameBy = std::move(by);
  trial.keyFrameEvery = 6;
  return trial;
}

std::string codeOf(const std::function<void()>& deed) {
  try {
    deed();
  } catch (const CoreError& error) {
    return error.code();
  }
  return "";
}

std::string codeOf(const EncoderTrial& trial) {
  return codeOf([&] { tryEncoder(trial); });
}

const Properties kX264 = {{"tune", "zerolatency"}, {"threads", "1"}, {"key-int-max", "1073741824"}};

unsigned timesAsked = 0;

void addSignal(gpointer klass, gpointer) {
  g_signal_new_class_handler(
      "force-IDR", G_TYPE_FROM_CLASS(klass), static_cast<GSignalFlags>(G_SIGNAL_RUN_LAST | G_SIGNAL_ACTION),
      G_CALLBACK(+[](GstElement*) { timesAsked++; }), nullptr, nullptr, nullptr, G_TYPE_NONE, 0);
}

/// Passes frames on, and can be asked by a signal: what NVIDIA's encoders know instead of the event.
void registerAskedBySignal() {
  static const bool done = [] {
    ObjectPtr<GstElement> identity(gst_element_factory_make("identity", nullptr));
    GTypeQuery parent;
    g_type_query(G_OBJECT_TYPE(identity.get()), &parent);
    const GType type = g_type_register_static_simple(
        parent.type, "TeecamTestAskedBySignal", static_cast<guint>(parent.class_size), addSignal,
        static_cast<guint>(parent.instance_size), nullptr, GTypeFlags(0));
    return gst_element_register(nullptr, "askedbysignal", GST_RANK_NONE, type) == TRUE;
  }();
  REQUIRE(done);
}

/// Nine frames through it, with one of four wanted as key frame; `prepare` sees it first.
void passNine(
    const std::string& element, const KeyFrameBy& by,
    const std::function<void(GstElement*)>& prepare = [](GstElement*) {}) {
  const Graph graph = {{{"picture", "videotestsrc", {{"num-buffers", "9"}}},
                        {"encode", element, {}},
                        {"sink", "fakesink", {}}},
                       {{"picture", "encode"}, {"encode", "sink"}}};
  Pipeline pipeline("nine", graph);
  GstElement* encoder = pipeline.element("encode");
  prepare(encoder);
  const KeyFrames keyFrames(encoder, 4, by);
  gst_element_set_state(pipeline.get(), GST_STATE_PLAYING);
  CHECK(eventually([&] { return keyFrames.encoded() == 9; }));
  gst_element_set_state(pipeline.get(), GST_STATE_NULL);
}

}  // namespace

TEST_CASE("an encoder's trial: key frames where they were asked for, one slice, parameter sets") {
  initGst();
  const std::vector<std::pair<std::string, Properties>> encoders = {{"x264enc", kX264},
                                                                    {"openh264enc",
                                                                     {{"multi-thread", "1"},
                                                                      {"gop-size", "0"},
                                                                      {"scene-change-detection", "false"},
                                                                      {"slice-mode", "n-slices"}}}};
  for (const auto& [element, properties] : encoders) {
    CAPTURE(element);
    const EncoderFacts facts = tryEncoder(trialOf(element, properties));
    CHECK(facts.frames == 18);
    CHECK(facts.keyFrames == std::vector<unsigned>{0, 6, 12});
    CHECK(facts.slices == 1);
    CHECK(facts.parameterSets);
    CHECK(facts.cpuMsPerFrame > 0);
  }
}

TEST_CASE("an encoder's trial tells what is wrong with it") {
  initGst();
  Properties sliced = kX264;
  sliced["threads"] = "4";
  sliced["sliced-threads"] = "true";
  CHECK(tryEncoder(trialOf("x264enc", sliced)).slices > 1);
  Properties unasked = kX264;
  unasked["key-int-max"] = "2";
  CHECK(tryEncoder(trialOf("x264enc", unasked)).keyFrames.size() == 9);
  EncoderTrial deaf = trialOf("x264enc", kX264);
  deaf.keyFrameEvery = 1000;
  CHECK(tryEncoder(deaf).keyFrames == std::vector<unsigned>{0});

  CHECK(codeOf(trialOf("nosuchenc")) == "missing-element");
  CHECK(codeOf(trialOf("x264enc", {{"no-such-property", "1"}})) == "bad-plan");
  CHECK(codeOf(trialOf("x264enc", kX264, {"force-IDR", "", ""})) == "bad-plan");
  CHECK(codeOf(trialOf("x264enc", kX264, {"", "extra-controls", "controls"})) == "bad-plan");
  EncoderTrial failing = trialOf("identity", {{"error-after", "3"}});
  failing.graph.nodes[3] = {"parse", "identity", {}};
  failing.graph.nodes[4] = {"frames", "identity", {}};
  CHECK(codeOf(failing) == "failed");
}

TEST_CASE("an encoder is asked for key frames in the way that it knows") {
  initGst();
  registerAskedBySignal();
  timesAsked = 0;
  passNine("askedbysignal", {"force-IDR", "", ""});
  CHECK(timesAsked == 3);

  static unsigned timesSet = 0;
  passNine("identity", {"", "datarate", "0"}, [](GstElement* identity) {
    g_signal_connect(identity, "notify::datarate",
                     G_CALLBACK(+[](GObject*, GParamSpec*, gpointer) { timesSet++; }), nullptr);
  });
  CHECK(timesSet == 3);
}

TEST_CASE("a trial's message is read, or told what is wrong with it") {
  using Json = nlohmann::json;
  Json json = {{"graph", {{"nodes", Json::array()}, {"links", Json::array()}}},
               {"encoder", "encode"},
               {"sink", "sink"},
               {"keyFrameBy", {{"by", "property"}, {"property", "extra-controls"}, {"value", "controls"}}},
               {"keyFrameEvery", 6}};
  CHECK(readEncoderTrial(JsonReader(json)).keyFrameBy.property == "extra-controls");
  json["keyFrameBy"] = {{"by", "signal"}, {"signal", "force-IDR"}};
  CHECK(readEncoderTrial(JsonReader(json)).keyFrameBy.signal == "force-IDR");
  json["keyFrameBy"] = nullptr;
  CHECK(readEncoderTrial(JsonReader(json)).keyFrameBy.signal.empty());
  json["keyFrameBy"] = {{"by", "prayer"}};
  CHECK_THROWS_AS(readEncoderTrial(JsonReader(json)), std::invalid_argument);
  json["keyFrameBy"] = nullptr;
  json["keyFrameEvery"] = 0;
  CHECK_THROWS_AS(readEncoderTrial(JsonReader(json)), std::invalid_argument);
}

TEST_CASE("ahead of a hardware encoder a frame rate that moves is no new format") {
  TestPipeline pipeline(
      "appsrc name=in ! capssetter caps=video/x-raw,framerate=30/1 ! identity name=seen ! fakesink "
      "sync=false");
  unsigned formats = 0;
  ObjectPtr<GstPad> pad(gst_element_get_static_pad(pipeline.element("seen"), "sink"));
  gst_pad_add_probe(
      pad.get(), GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM,
      [](GstPad*, GstPadProbeInfo* info, gpointer count) {
        if (GST_EVENT_TYPE(GST_PAD_PROBE_INFO_EVENT(info)) == GST_EVENT_CAPS)
          (*static_cast<unsigned*>(count))++;
        return GST_PAD_PROBE_OK;
      },
      &formats, nullptr);
  pipeline.play();
  pipeline.caps("video/x-raw,format=I420,width=16,height=16,framerate=30/1");
  pipeline.push(0, 384);
  pipeline.caps("video/x-raw,format=I420,width=16,height=16,framerate=5/1");
  pipeline.push(GST_SECOND, 384);
  pipeline.caps("video/x-raw,format=I420,width=16,height=16,framerate=30/1");
  pipeline.push(2 * GST_SECOND, 384);
  CHECK(pipeline.finish() == "");
  CHECK(formats == 1);
}
