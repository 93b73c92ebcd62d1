// A GStreamer plugin for tests: x264 under the name of a hardware encoder, with the properties of that one
// which plans set. TEECAM_TEST_ENCODER says what goes wrong with it: `error:N`, `hang:N` or `crash:N` after N
// frames. Thread: GStreamer's. Owns: an x264enc in its bin. Ends: with the element.
#include <gst/gst.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <string>

namespace {

struct TestEncoder {
  GstBin bin;
  GstElement* x264;
  guint frames;
  guint lastGood;  // 0: all are
  char fault;      // the first letter of its name
};

struct TestEncoderClass {
  GstBinClass parent;
};

enum Property : guint {
  kNone,
  kRateControl,
  kBitrate,
  kKeyIntMax,
  kBFrames,
  kRefFrames,
  kSlices,
  kCabac,
  kDct8x8
};

GType testEncoderType();

TestEncoder* self(gpointer object) {
  return G_TYPE_CHECK_INSTANCE_CAST(object, testEncoderType(), TestEncoder);
}

GstPadProbeReturn onFrame(GstPad*, GstPadProbeInfo*, gpointer object) {
  TestEncoder* encoder = self(object);
  if (encoder->lastGood == 0 || encoder->frames++ < encoder->lastGood) return GST_PAD_PROBE_OK;
  switch (encoder->fault) {
    case 'c':
      std::raise(SIGSEGV);
      break;
    case 'h':
      for (;;) pause();
    default:
      GST_ELEMENT_ERROR(encoder, RESOURCE, FAILED, ("the encoder of the test fails"), (nullptr));
  }
  return GST_PAD_PROBE_DROP;
}

void addGhost(TestEncoder* encoder, const char* name) {
  GstPad* pad = gst_element_get_static_pad(encoder->x264, name);
  gst_element_add_pad(GST_ELEMENT(encoder), gst_ghost_pad_new(name, pad));
  gst_object_unref(pad);
}

void init(GTypeInstance* instance, gpointer) {
  auto* encoder = reinterpret_cast<TestEncoder*>(instance);
  encoder->x264 = gst_element_factory_make("x264enc", nullptr);
  gst_util_set_object_arg(G_OBJECT(encoder->x264), "tune", "zerolatency");
  g_object_set(encoder->x264, "threads", 1U, "byte-stream", TRUE, nullptr);
  gst_bin_add(GST_BIN(encoder), encoder->x264);
  addGhost(encoder, "sink");
  addGhost(encoder, "src");
  GstPad* sink = gst_element_get_static_pad(GST_ELEMENT(encoder), "sink");
  gst_pad_add_probe(sink, GST_PAD_PROBE_TYPE_BUFFER, onFrame, encoder, nullptr);
  gst_object_unref(sink);
  const char* wish = std::getenv("TEECAM_TEST_ENCODER");
  const std::string fault = wish == nullptr ? "" : wish;
  const auto colon = fault.find(':');
  if (colon == fault.npos) return;
  encoder->fault = fault[0];
  encoder->lastGood = static_cast<guint>(std::stoul(fault.substr(colon + 1)));
}

void setProperty(GObject* object, guint id, const GValue* value, GParamSpec*) {
  GObject* x264 = G_OBJECT(self(object)->x264);
  if (id == kBitrate) g_object_set_property(x264, "bitrate", value);
  if (id == kKeyIntMax) g_object_set_property(x264, "key-int-max", value);
  if (id == kCabac) g_object_set_property(x264, "cabac", value);
  if (id == kDct8x8) g_object_set_property(x264, "dct8x8", value);
}

void initClass(gpointer klass, gpointer) {
  G_OBJECT_CLASS(klass)->set_property = setProperty;
  const auto add = [klass](guint id, GParamSpec* spec) {
    g_object_class_install_property(G_OBJECT_CLASS(klass), id, spec);
  };
  const auto number = [&add](guint id, const char* name, guint max, int more = 0) {
    add(id,
        g_param_spec_uint(name, name, name, 0, max, 0, static_cast<GParamFlags>(G_PARAM_WRITABLE | more)));
  };
  add(kRateControl, g_param_spec_string("rate-control", "", "", nullptr, G_PARAM_WRITABLE));
  number(kBitrate, "bitrate", 2048000, GST_PARAM_MUTABLE_PLAYING);
  number(kKeyIntMax, "key-int-max", 1024);
  number(kBFrames, "b-frames", 31);
  number(kRefFrames, "ref-frames", 16);
  number(kSlices, "num-slices", 200);
  add(kCabac, g_param_spec_boolean("cabac", "", "", FALSE, G_PARAM_WRITABLE));
  add(kDct8x8, g_param_spec_boolean("dct8x8", "", "", FALSE, G_PARAM_WRITABLE));
  gst_element_class_set_static_metadata(GST_ELEMENT_CLASS(klass), "Test encoder", "Codec/Encoder/Video",
                                        "x264 under another name", "Teecam");
}

GType testEncoderType() {
  static const GType type =
      g_type_register_static_simple(GST_TYPE_BIN, "TeecamTestEncoder", sizeof(TestEncoderClass), initClass,
                                    sizeof(TestEncoder), init, GTypeFlags(0));
  return type;
}

gboolean load(GstPlugin* plugin) {
  return gst_element_register(plugin, "vah264enc", GST_RANK_NONE, testEncoderType());
}

}  // namespace

#define PACKAGE "teecam"
GST_PLUGIN_DEFINE(GST_VERSION_MAJOR, GST_VERSION_MINOR, teecamtest, "For tests", load, "0", "LGPL", "teecam",
                  "https://example.invalid/")
