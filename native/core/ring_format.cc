#include "core/ring_format.h"

#include <string_view>

namespace teecam {

namespace {

constexpr std::uint32_t fourcc(const char (&code)[5]) {
  std::uint32_t value = 0;
  for (int i = 3; i >= 0; i--) value = value << 8 | static_cast<unsigned char>(code[i]);
  return value;
}

/// DRM's names say the order in a little-endian word, GStreamer's the order in memory: RGB and BGR swap.
std::uint32_t rawFourcc(GstVideoFormat format) {
  switch (format) {
    case GST_VIDEO_FORMAT_NV12:
      return fourcc("NV12");
    case GST_VIDEO_FORMAT_I420:
      return fourcc("YU12");
    case GST_VIDEO_FORMAT_YUY2:
      return fourcc("YUYV");
    case GST_VIDEO_FORMAT_RGB:
      return fourcc("BG24");
    case GST_VIDEO_FORMAT_BGR:
      return fourcc("RG24");
    case GST_VIDEO_FORMAT_GRAY8:
      return fourcc("R8  ");
    default:
      return 0;
  }
}

std::uint32_t encodedFourcc(std::string_view media) {
  if (media == "image/jpeg") return fourcc("MJPG");
  if (media == "video/x-h264") return fourcc("H264");
  if (media == "video/x-h265") return fourcc("HEVC");
  return 0;
}

void setColorimetry(RingFormat& format, const GstVideoColorimetry& colour) {
  // GStreamer's range numbers are the ring's: 1 full, 2 limited.
  format.colourRange = static_cast<std::uint32_t>(colour.range);
  format.colourMatrix = gst_video_color_matrix_to_iso(colour.matrix);
  format.colourTransfer = gst_video_transfer_function_to_iso(colour.transfer);
  format.colourPrimaries = gst_video_color_primaries_to_iso(colour.primaries);
}

bool fillRaw(FrameFormat& format, const GstCaps* caps) {
  GstVideoInfo info;
  if (!gst_video_info_from_caps(&info, caps)) return false;
  format.ring.fourcc = rawFourcc(GST_VIDEO_INFO_FORMAT(&info));
  setColorimetry(format.ring, info.colorimetry);
  format.raw = info;
  format.onlyKeys = true;
  return format.ring.fourcc != 0;
}

bool fillEncoded(FrameFormat& format, const GstStructure* structure) {
  const std::string_view media = gst_structure_get_name(structure);
  format.ring.fourcc = encodedFourcc(media);
  format.onlyKeys = media == "image/jpeg";
  GstVideoColorimetry colour{};
  const char* text = gst_structure_get_string(structure, "colorimetry");
  if (text && gst_video_colorimetry_from_string(&colour, text)) setColorimetry(format.ring, colour);
  return format.ring.fourcc != 0;
}

}  // namespace

std::optional<FrameFormat> frameFormat(const GstCaps* caps) {
  if (!gst_caps_is_fixed(caps)) return std::nullopt;
  const GstStructure* structure = gst_caps_get_structure(caps, 0);
  FrameFormat format;
  const bool raw = gst_structure_has_name(structure, "video/x-raw");
  if (!(raw ? fillRaw(format, caps) : fillEncoded(format, structure))) return std::nullopt;

  gint width = 0, height = 0, num = 0, den = 1;
  gst_structure_get_int(structure, "width", &width);
  gst_structure_get_int(structure, "height", &height);
  gst_structure_get_fraction(structure, "framerate", &num, &den);
  format.ring.width = static_cast<std::uint32_t>(width);
  format.ring.height = static_cast<std::uint32_t>(height);
  format.ring.framerateNum = static_cast<std::uint32_t>(num);
  format.ring.framerateDen = static_cast<std::uint32_t>(den);
  if (num > 0) format.durationNs = static_cast<std::int64_t>(gst_util_uint64_scale_int(GST_SECOND, den, num));

  gchar* text = gst_caps_to_string(caps);
  format.ring.caps = text;
  g_free(text);
  return format;
}

}  // namespace teecam
