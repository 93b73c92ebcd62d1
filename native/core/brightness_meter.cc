#include "core/brightness_meter.h"

#include <gst/video/video.h>

#include <algorithm>
#include <utility>

namespace teecam {

namespace {

constexpr double kNothing = -1.0;
constexpr GstClockTime kPeriod = GST_SECOND;
/// Along each side: enough to tell a covered lens, at no cost.
constexpr int kSamples = 24;

bool isReadable(const GstCaps* caps, const GstVideoInfo& info) {
  const GstCapsFeatures* features = gst_caps_get_features(caps, 0);
  const bool plain = gst_caps_features_is_equal(features, GST_CAPS_FEATURES_MEMORY_SYSTEM_MEMORY);
  const bool hasLuma = GST_VIDEO_INFO_IS_YUV(&info) || GST_VIDEO_INFO_IS_GRAY(&info);
  return plain && hasLuma && GST_VIDEO_INFO_COMP_DEPTH(&info, GST_VIDEO_COMP_Y) == 8;
}

double meanLuma(const GstVideoFrame& frame) {
  const auto* luma = static_cast<const guint8*>(GST_VIDEO_FRAME_COMP_DATA(&frame, GST_VIDEO_COMP_Y));
  const int stride = GST_VIDEO_FRAME_COMP_STRIDE(&frame, GST_VIDEO_COMP_Y);
  const int step = GST_VIDEO_FRAME_COMP_PSTRIDE(&frame, GST_VIDEO_COMP_Y);
  const auto middle = [](int part, int whole) { return (2 * part + 1) * whole / (2 * kSamples); };
  unsigned sum = 0;
  for (int row = 0; row < kSamples; row++) {
    const guint8* line = luma + middle(row, GST_VIDEO_FRAME_HEIGHT(&frame)) * stride;
    for (int column = 0; column < kSamples; column++)
      sum += line[middle(column, GST_VIDEO_FRAME_WIDTH(&frame)) * step];
  }
  return static_cast<double>(sum) / (kSamples * kSamples);
}

double brightnessOf(GstBuffer* buffer, const GstCaps* caps) {
  GstVideoInfo info;
  GstVideoFrame frame;
  if (!gst_video_info_from_caps(&info, caps) || !isReadable(caps, info)) return kNothing;
  if (!gst_video_frame_map(&frame, &info, buffer, GST_MAP_READ)) return kNothing;
  const double mean = meanLuma(frame);
  gst_video_frame_unmap(&frame);
  gint offset[GST_VIDEO_MAX_COMPONENTS], scale[GST_VIDEO_MAX_COMPONENTS];
  gst_video_color_range_offsets(info.colorimetry.range, info.finfo, offset, scale);
  return std::clamp((mean - offset[0]) / scale[0], 0.0, 1.0);
}

}  // namespace

BrightnessMeter::BrightnessMeter(GstElement* encoder, std::shared_ptr<const SlateTimeline> timeline)
    : input_(gst_element_get_static_pad(encoder, "sink")), timeline_(std::move(timeline)) {
  probe_ = gst_pad_add_probe(input_.get(), GST_PAD_PROBE_TYPE_BUFFER, onFrame, this, nullptr);
}

BrightnessMeter::~BrightnessMeter() {
  gst_pad_remove_probe(input_.get(), probe_);
}

std::optional<double> BrightnessMeter::newest() const {
  const double newest = newest_;
  return newest < 0 ? std::nullopt : std::optional(newest);
}

GstPadProbeReturn BrightnessMeter::onFrame(GstPad*, GstPadProbeInfo* info, gpointer self) {
  static_cast<BrightnessMeter*>(self)->look(GST_PAD_PROBE_INFO_BUFFER(info));
  return GST_PAD_PROBE_OK;
}

/// A PTS is the running time of the capture.
void BrightnessMeter::look(GstBuffer* frame) {
  const GstClockTime pts = GST_BUFFER_PTS(frame);
  const GstClockTime base = gst_element_get_base_time(GST_PAD_PARENT(input_.get()));
  if (timeline_->isSlate(static_cast<std::int64_t>(base + pts))) {
    newest_ = kNothing;
    nextPts_ = 0;
  } else if (pts >= nextPts_) {
    const CapsPtr caps(gst_pad_get_current_caps(input_.get()));
    newest_ = brightnessOf(frame, caps.get());
    nextPts_ = pts + kPeriod;
  }
}

}  // namespace teecam
