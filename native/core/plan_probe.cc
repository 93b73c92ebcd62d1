#include "core/plan_probe.h"

#include <gst/gst.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "core/certificate_trust.h"
#include "core/error.h"
#include "core/pipeline.h"
#include "core/source_fault.h"

namespace teecam {

namespace {

constexpr GstClockTime kTimeout = 10 * GST_SECOND;

/// Frames after the first that are looked at for their order; an encoder with B-frames begins with one of a
/// later time, and the ones before it follow.
constexpr int kOrderFrames = 5;

/// The streaming thread's until it has told the bus.
struct Look {
  int wanted = 1;
  int seen = 0;
  GstClockTime lastPts = GST_CLOCK_TIME_NONE;
  bool inOrder = true;
};

bool mayHaveOrder(const GstCaps* caps) {
  const GstStructure* structure = gst_caps_get_structure(caps, 0);
  if (gst_structure_has_name(structure, "video/x-h265")) return true;
  const gchar* profile = gst_structure_get_string(structure, "profile");
  const bool baseline = profile != nullptr && std::string_view(profile).ends_with("baseline");
  return gst_structure_has_name(structure, "video/x-h264") && !baseline;
}

GstPadProbeReturn look(GstPad* pad, GstPadProbeInfo* info, gpointer data) {
  auto& look = *static_cast<Look*>(data);
  if (look.seen >= look.wanted) return GST_PAD_PROBE_OK;
  if (const CapsPtr caps(gst_pad_get_current_caps(pad)); look.seen == 0 && caps && mayHaveOrder(caps.get()))
    look.wanted += kOrderFrames;
  const GstClockTime pts = GST_BUFFER_PTS(GST_PAD_PROBE_INFO_BUFFER(info));
  if (GST_CLOCK_TIME_IS_VALID(pts)) {
    look.inOrder = look.inOrder && (!GST_CLOCK_TIME_IS_VALID(look.lastPts) || pts >= look.lastPts);
    look.lastPts = pts;
  }
  if (++look.seen < look.wanted) return GST_PAD_PROBE_OK;
  const ObjectPtr<GstElement> outlet(gst_pad_get_parent_element(pad));
  auto* enough =
      gst_message_new_application(GST_OBJECT(outlet.get()), gst_structure_new_empty("teecam-seen-enough"));
  gst_element_post_message(outlet.get(), enough);
  return GST_PAD_PROBE_OK;
}

struct Encoded {
  std::string_view media;
  const char* format;
};
constexpr std::array<Encoded, 3> kEncoded = {
    {{"image/jpeg", "JPEG"}, {"video/x-h264", "H264"}, {"video/x-h265", "H265"}}};

std::vector<SourceFormat> formatsOf(const GstCaps* caps) {
  const GstStructure* structure = gst_caps_get_structure(caps, 0);
  const std::string media = gst_structure_get_name(structure);
  const auto known = std::ranges::find(kEncoded, media, &Encoded::media);
  if (known == kEncoded.end()) return {};
  SourceFormat encoded{media, known->format, 0, 0, {}};
  gst_structure_get_int(structure, "width", &encoded.width);
  gst_structure_get_int(structure, "height", &encoded.height);
  if (encoded.width <= 0 || encoded.height <= 0) return {};
  Fraction rate;
  if (gst_structure_get_fraction(structure, "framerate", &rate.num, &rate.den) && rate.num > 0)
    encoded.framerates.push_back(rate);
  if (media == "image/jpeg") return {encoded};
  return {{"video/x-raw", "I420", encoded.width, encoded.height, encoded.framerates}, encoded};
}

}  // namespace

std::vector<SourceFormat> deliveredFormats(const SourcePlan& plan) {
  Look looked;  // outlives the pipeline
  const CertificateTrust trust(plan.certificate);
  Pipeline pipeline("probe", plan.graph);
  trust.applyTo(GST_BIN(pipeline.get()));
  const ObjectPtr<GstPad> outlet(gst_element_get_static_pad(pipeline.element(plan.outlet), "sink"));
  gst_pad_add_probe(outlet.get(), GST_PAD_PROBE_TYPE_BUFFER, look, &looked, nullptr);
  gst_element_set_state(pipeline.get(), GST_STATE_PLAYING);  // what is wrong is on the bus
  const ObjectPtr<GstBus> bus(gst_element_get_bus(pipeline.get()));
  constexpr auto wanted =
      static_cast<GstMessageType>(GST_MESSAGE_APPLICATION | GST_MESSAGE_ERROR | GST_MESSAGE_EOS);
  const MessagePtr message(gst_bus_timed_pop_filtered(bus.get(), kTimeout, wanted));
  if (message == nullptr) throw CoreError("stalled", "no picture within 10 s");
  if (GST_MESSAGE_TYPE(message.get()) == GST_MESSAGE_EOS)
    throw CoreError("corrupt", "no picture came before its end");
  if (GST_MESSAGE_TYPE(message.get()) == GST_MESSAGE_ERROR) {
    const SourceFault fault = trust.refusal().value_or(classifyFault(message.get(), false));
    throw CoreError(fault.reason, fault.detail);
  }
  if (!looked.inOrder) return {};
  const CapsPtr caps(gst_pad_get_current_caps(outlet.get()));
  return caps == nullptr ? std::vector<SourceFormat>{} : formatsOf(caps.get());
}

}  // namespace teecam
