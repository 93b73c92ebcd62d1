#include "core/ring_layout.h"

#include <algorithm>

namespace teecam {

namespace {

constexpr gint roundUp(gint value, gint multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

/// The component whose vertical subsampling is the plane's.
guint componentOf(const GstVideoFormatInfo* format, guint plane) {
  for (guint i = 0; i < GST_VIDEO_FORMAT_INFO_N_COMPONENTS(format); i++) {
    if (GST_VIDEO_FORMAT_INFO_PLANE(format, i) == plane) return i;
  }
  return 0;
}

}  // namespace

FrameLayout FrameLayout::of(const GstVideoInfo& info) {
  FrameLayout layout;
  layout.planeCount = GST_VIDEO_INFO_N_PLANES(&info);
  const gint height = roundUp(GST_VIDEO_INFO_HEIGHT(&info), 2);
  for (guint plane = 0; plane < layout.planeCount; plane++) {
    const gint rows = GST_VIDEO_FORMAT_INFO_SCALE_HEIGHT(info.finfo, componentOf(info.finfo, plane), height);
    layout.stride[plane] = roundUp(GST_VIDEO_INFO_PLANE_STRIDE(&info, plane), 64);
    layout.offset[plane] = layout.size;
    layout.size += static_cast<std::size_t>(layout.stride[plane]) * static_cast<std::size_t>(rows);
  }
  return layout;
}

FrameLayout FrameLayout::packed(const GstVideoInfo& info) {
  FrameLayout layout;
  layout.planeCount = GST_VIDEO_INFO_N_PLANES(&info);
  std::copy_n(info.offset, layout.planeCount, layout.offset.begin());
  std::copy_n(info.stride, layout.planeCount, layout.stride.begin());
  layout.size = GST_VIDEO_INFO_SIZE(&info);
  return layout;
}

}  // namespace teecam
