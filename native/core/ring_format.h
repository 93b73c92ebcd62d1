// Thread: any.
// Owns: nothing.
// Ends: never.
#pragma once

#include <gst/video/video.h>

#include <cstdint>
#include <optional>

#include "core/ring_writer.h"

namespace teecam {

/// The caps that a ring can hold.
inline constexpr const char* kRingCaps =
    "video/x-raw, format = (string) { NV12, I420, YUY2, RGB, BGR, GRAY8 }; "
    "image/jpeg; "
    "video/x-h264, stream-format = (string) byte-stream, alignment = (string) au; "
    "video/x-h265, stream-format = (string) byte-stream, alignment = (string) au";

/// Fixed caps as the ring says them.
struct FrameFormat {
  RingFormat ring;
  std::optional<GstVideoInfo> raw;  // nullopt: encoded
  bool onlyKeys = false;            // every frame is decodable by itself, whatever its flags
  std::int64_t durationNs = 0;      // nominal; 0: the rate varies
};

/// nullopt for caps outside kRingCaps.
std::optional<FrameFormat> frameFormat(const GstCaps* caps);

}  // namespace teecam
