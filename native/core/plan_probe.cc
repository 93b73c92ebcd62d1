#include "core/plan_probe.h"

#include <gst/gst.h>

#include <string>

#include "core/error.h"
#include "core/pipeline.h"
#include "core/source_fault.h"

namespace teecam {

namespace {

constexpr GstClockTime kTimeout = 10 * GST_SECOND;

GstPadProbeReturn tellFirst(GstPad* pad, GstPadProbeInfo*, gpointer) {
  const ObjectPtr<GstElement> outlet(gst_pad_get_parent_element(pad));
  if (outlet == nullptr) return GST_PAD_PROBE_REMOVE;
  auto* message =
      gst_message_new_application(GST_OBJECT(outlet.get()), gst_structure_new_empty("teecam-first-frame"));
  gst_element_post_message(outlet.get(), message);
  return GST_PAD_PROBE_REMOVE;
}

std::vector<SourceFormat> formatsOf(const GstCaps* caps) {
  const GstStructure* structure = gst_caps_get_structure(caps, 0);
  const std::string media = gst_structure_get_name(structure);
  const bool isJpeg = media == "image/jpeg";
  SourceFormat encoded{media, isJpeg ? "JPEG" : "H264", 0, 0, {}};
  gst_structure_get_int(structure, "width", &encoded.width);
  gst_structure_get_int(structure, "height", &encoded.height);
  if ((!isJpeg && media != "video/x-h264") || encoded.width <= 0 || encoded.height <= 0) return {};
  Fraction rate;
  if (gst_structure_get_fraction(structure, "framerate", &rate.num, &rate.den) && rate.num > 0)
    encoded.framerates.push_back(rate);
  if (isJpeg) return {encoded};
  return {{"video/x-raw", "I420", encoded.width, encoded.height, encoded.framerates}, encoded};
}

}  // namespace

std::vector<SourceFormat> deliveredFormats(const SourcePlan& plan) {
  Pipeline pipeline("probe", plan.graph);
  const ObjectPtr<GstPad> outlet(gst_element_get_static_pad(pipeline.element(plan.outlet), "sink"));
  gst_pad_add_probe(outlet.get(), GST_PAD_PROBE_TYPE_BUFFER, tellFirst, nullptr, nullptr);
  gst_element_set_state(pipeline.get(), GST_STATE_PLAYING);  // what is wrong is on the bus
  const ObjectPtr<GstBus> bus(gst_element_get_bus(pipeline.get()));
  constexpr auto wanted =
      static_cast<GstMessageType>(GST_MESSAGE_APPLICATION | GST_MESSAGE_ERROR | GST_MESSAGE_EOS);
  const MessagePtr message(gst_bus_timed_pop_filtered(bus.get(), kTimeout, wanted));
  if (message == nullptr) throw CoreError("stalled", "no picture within 10 s");
  if (GST_MESSAGE_TYPE(message.get()) == GST_MESSAGE_EOS)
    throw CoreError("corrupt", "no picture came before its end");
  if (GST_MESSAGE_TYPE(message.get()) == GST_MESSAGE_ERROR) {
    const SourceFault fault = classifyFault(message.get(), false);
    throw CoreError(fault.reason, fault.detail);
  }
  const CapsPtr caps(gst_pad_get_current_caps(outlet.get()));
  return caps == nullptr ? std::vector<SourceFormat>{} : formatsOf(caps.get());
}

}  // namespace teecam
