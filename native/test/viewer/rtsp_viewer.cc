// A GStreamer viewer for tests: decodes an RTSP stream and tells of each picture.
//   teecam-rtsp-viewer URL tcp|udp|http|multicast
// One line each: width, height, nanoseconds from capture to decoded picture (or "-" until a sender report has
// come). Ends with 0 when the server ends the stream, with 1 on an error.
#include <gst/app/gstappsink.h>
#include <gst/gst.h>
#include <gst/rtsp/rtsp.h>

#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <string>

namespace {

// Between the epochs of NTP (1900) and Unix (1970).
constexpr gint64 kNtpOffset = 2'208'988'800 * static_cast<gint64>(GST_SECOND);

GstFlowReturn onSample(GstAppSink* sink, gpointer) {
  const gint64 now = g_get_real_time() * 1000;
  GstSample* sample = gst_app_sink_pull_sample(sink);
  const GstStructure* caps = gst_caps_get_structure(gst_sample_get_caps(sample), 0);
  int width = 0, height = 0;
  gst_structure_get_int(caps, "width", &width);
  gst_structure_get_int(caps, "height", &height);
  const auto* captured = gst_buffer_get_reference_timestamp_meta(gst_sample_get_buffer(sample), nullptr);
  if (captured)
    std::printf("%d %d %" PRId64 "\n", width, height,
                now - (static_cast<gint64>(captured->timestamp) - kNtpOffset));
  else
    std::printf("%d %d -\n", width, height);
  std::fflush(stdout);
  gst_sample_unref(sample);
  return GST_FLOW_OK;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fputs("teecam-rtsp-viewer URL tcp|udp|http|multicast\n", stderr);
    return 2;
  }
  gst_init(nullptr, nullptr);
  GstElement* pipeline = gst_parse_launch(
      "rtspsrc name=source latency=0 ! rtph264depay ! h264parse ! "
      "avdec_h264 max-threads=1 ! appsink name=sink sync=false",
      nullptr);
  GstElement* source = gst_bin_get_by_name(GST_BIN(pipeline), "source");
  // Since 1.22; without it no picture tells its time.
  if (g_object_class_find_property(G_OBJECT_GET_CLASS(source), "add-reference-timestamp-meta"))
    g_object_set(source, "add-reference-timestamp-meta", TRUE, nullptr);
  const std::string transport = argv[2];
  const int protocols = transport == "udp"         ? GST_RTSP_LOWER_TRANS_UDP
                        : transport == "multicast" ? GST_RTSP_LOWER_TRANS_UDP_MCAST
                        : transport == "http"      ? GST_RTSP_LOWER_TRANS_TCP | GST_RTSP_LOWER_TRANS_HTTP
                                                   : GST_RTSP_LOWER_TRANS_TCP;
  g_object_set(source, "location", argv[1], "protocols", protocols, nullptr);
  GstElement* sink = gst_bin_get_by_name(GST_BIN(pipeline), "sink");
  GstAppSinkCallbacks callbacks{};
  callbacks.new_sample = onSample;
  gst_app_sink_set_callbacks(GST_APP_SINK(sink), &callbacks, nullptr, nullptr);

  gst_element_set_state(pipeline, GST_STATE_PLAYING);
  GstBus* bus = gst_element_get_bus(pipeline);
  GstMessage* last = gst_bus_timed_pop_filtered(
      bus, GST_CLOCK_TIME_NONE, static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR));
  const bool failed = GST_MESSAGE_TYPE(last) == GST_MESSAGE_ERROR;
  if (failed) {
    GError* error = nullptr;
    gchar* debug = nullptr;
    gst_message_parse_error(last, &error, &debug);
    std::fprintf(stderr, "%s: %s\n", error->message, debug ? debug : "");
    g_error_free(error);
    g_free(debug);
  }
  gst_message_unref(last);
  gst_object_unref(bus);
  gst_element_set_state(pipeline, GST_STATE_NULL);
  gst_object_unref(sink);
  gst_object_unref(source);
  gst_object_unref(pipeline);
  return failed ? 1 : 0;
}
