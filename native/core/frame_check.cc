#include "core/frame_check.h"

#include <span>

namespace teecam {

namespace {

constexpr guint8 kMarker = 0xff, kBegin = 0xd8, kEnd = 0xd9;

bool isWholeJpeg(std::span<const guint8> bytes) {
  while (!bytes.empty() && bytes.back() == 0) bytes = bytes.first(bytes.size() - 1);
  if (bytes.size() < 4 || bytes[0] != kMarker || bytes[1] != kBegin) return false;
  return bytes[bytes.size() - 2] == kMarker && bytes.back() == kEnd;
}

}  // namespace

bool isWhole(GstBuffer* buffer, Media media) {
  if (GST_BUFFER_FLAG_IS_SET(buffer, GST_BUFFER_FLAG_CORRUPTED)) return false;
  if (media != Media::kJpeg) return gst_buffer_get_size(buffer) > 0;
  GstMapInfo map;
  if (!gst_buffer_map(buffer, &map, GST_MAP_READ)) return false;
  const bool whole = isWholeJpeg({map.data, map.size});
  gst_buffer_unmap(buffer, &map);
  return whole;
}

bool isKey(GstBuffer* buffer, Media media) {
  return !comesInGroups(media) || !GST_BUFFER_FLAG_IS_SET(buffer, GST_BUFFER_FLAG_DELTA_UNIT);
}

}  // namespace teecam
