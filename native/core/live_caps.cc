#include "core/live_caps.h"

#include <gst/video/video.h>

namespace teecam {

SourceFormatInfo describeCaps(const GstCaps* caps) {
  SourceFormatInfo info;
  info.caps = StringPtr(gst_caps_to_string(caps)).get();
  const GstStructure* structure = gst_caps_get_structure(caps, 0);
  gst_structure_get_int(structure, "width", &info.width);
  gst_structure_get_int(structure, "height", &info.height);
  gst_structure_get_fraction(structure, "framerate", &info.framerate.num, &info.framerate.den);
  return info;
}

CapsPtr withFramerate(const GstCaps* live, Fraction nominal) {
  CapsPtr caps(gst_caps_copy(live));
  int num = 0;
  int den = 1;
  gst_structure_get_fraction(gst_caps_get_structure(caps.get(), 0), "framerate", &num, &den);
  if (num == 0) {
    gst_caps_set_simple(caps.get(), "framerate", GST_TYPE_FRACTION, nominal.num, nominal.den, nullptr);
  }
  return caps;
}

CapsPtr encodedCaps(const GatePlan& plan, const SourceFormatInfo& live) {
  CapsPtr caps(plan.media == Media::kJpeg
                   ? gst_caps_new_empty_simple("image/jpeg")
                   : gst_caps_new_simple(plan.media == Media::kH264 ? "video/x-h264" : "video/x-h265",
                                         "stream-format", G_TYPE_STRING, "byte-stream", "alignment",
                                         G_TYPE_STRING, "au", nullptr));
  const Fraction rate = live.framerate.num > 0 ? live.framerate : plan.framerate;
  gst_caps_set_simple(caps.get(), "width", G_TYPE_INT, live.width > 0 ? live.width : plan.width, "height",
                      G_TYPE_INT, live.height > 0 ? live.height : plan.height, "framerate", GST_TYPE_FRACTION,
                      rate.num, rate.den, nullptr);
  return caps;
}

CapsPtr slateCaps(int width, int height, Fraction nominal, const GstCaps* live) {
  CapsPtr caps(gst_caps_new_simple("video/x-raw", "format", G_TYPE_STRING, "I420", "width", G_TYPE_INT, width,
                                   "height", G_TYPE_INT, height, "framerate", GST_TYPE_FRACTION, nominal.num,
                                   nominal.den, "interlace-mode", G_TYPE_STRING, "progressive",
                                   "pixel-aspect-ratio", GST_TYPE_FRACTION, 1, 1, nullptr));
  if (live == nullptr) return caps;
  GstStructure* structure = gst_caps_get_structure(caps.get(), 0);
  const GstStructure* model = gst_caps_get_structure(live, 0);
  if (const GValue* framerate = gst_structure_get_value(model, "framerate")) {
    gst_structure_set_value(structure, "framerate", framerate);
  }
  GstVideoInfo info;
  if (!gst_video_info_from_caps(&info, live) || !GST_VIDEO_INFO_IS_YUV(&info)) return caps;
  for (const char* field : {"colorimetry", "chroma-site"}) {
    if (const GValue* value = gst_structure_get_value(model, field)) {
      gst_structure_set_value(structure, field, value);
    }
  }
  return caps;
}

}  // namespace teecam
