#include "core/packed_frame.h"

#include <gst/video/video.h>

#include <algorithm>
#include <cstring>

namespace teecam {

namespace {

GstVideoInfo infoOf(const RingFrame& frame, const std::string& format) {
  GstVideoInfo info;
  gst_video_info_set_format(&info, gst_video_format_from_string(format.c_str()), frame.info.width,
                            frame.info.height);
  return info;
}

/// The first component that lies in this plane tells its rows.
guint componentOf(const GstVideoInfo& info, guint plane) {
  guint component = 0;
  while (GST_VIDEO_INFO_COMP_PLANE(&info, component) != plane) component++;
  return component;
}

void copyPlane(const RingFrame& frame, const GstVideoInfo& info, guint plane, std::byte* to) {
  const guint component = componentOf(info, plane);
  const auto width = static_cast<std::size_t>(GST_VIDEO_INFO_COMP_WIDTH(&info, component));
  const auto rows = static_cast<std::size_t>(GST_VIDEO_INFO_COMP_HEIGHT(&info, component));
  const std::size_t bytes = width * static_cast<std::size_t>(GST_VIDEO_INFO_COMP_PSTRIDE(&info, component));
  const auto stride = static_cast<std::size_t>(GST_VIDEO_INFO_PLANE_STRIDE(&info, plane));
  const std::size_t begin = frame.info.plane_offset[plane];
  const std::size_t step = frame.info.plane_stride[plane];
  if (begin + (rows - 1) * step + bytes > frame.data.size())
    return;  // a frame that is not what its format says
  for (std::size_t row = 0; row < rows; row++) {
    std::memcpy(to + row * stride, frame.data.data() + begin + row * step, bytes);
  }
}

}  // namespace

std::size_t packedSize(const RingFrame& frame, const std::string& format) {
  if (format.empty()) return frame.data.size();
  const GstVideoInfo info = infoOf(frame, format);
  return GST_VIDEO_INFO_SIZE(&info);
}

void packFrame(const RingFrame& frame, const std::string& format, std::span<std::byte> to) {
  if (format.empty()) {
    std::memcpy(to.data(), frame.data.data(), std::min(to.size(), frame.data.size()));
    return;
  }
  const GstVideoInfo info = infoOf(frame, format);
  const guint planes = std::min(GST_VIDEO_INFO_N_PLANES(&info), frame.info.plane_count);
  for (guint plane = 0; plane < planes; plane++) {
    copyPlane(frame, info, plane, to.data() + GST_VIDEO_INFO_PLANE_OFFSET(&info, plane));
  }
}

}  // namespace teecam
