// Thread: any.
// Owns: nothing.
// Ends: never.
#pragma once

#include <gst/video/video.h>

#include <array>
#include <cstddef>
#include <cstdint>

#include "teecam_ring.h"

namespace teecam {

/// Where the planes of a raw frame lie in its slot.
///
/// The rule, which whoever computes `slot_size` must follow: each plane's row is GStreamer's packed row of
/// that plane rounded up to 64 bytes (a cache line, and what vector code likes best); each plane has as many
/// rows as it would for the picture's height rounded up to an even number; planes follow one another without
/// gaps, in GStreamer's order. For 4:2:0 of width w and height h, with w64(x) = x rounded up to 64 and H = h
/// rounded up to 2: I420 is w64(w)·H + 2·w64(⌈w/2⌉)·H/2, NV12 is w64(w)·H + w64(2⌈w/2⌉)·H/2 bytes; YUY2
/// w64(4⌈w/2⌉)·H, RGB and BGR w64(3w)·H, GRAY8 w64(w)·H. slot_size is that, rounded up to 4096.
///
/// Offsets and strides are in every descriptor all the same, and readers go by those.
struct FrameLayout {
  std::uint32_t planeCount = 0;
  std::array<std::size_t, GST_VIDEO_MAX_PLANES> offset{};
  std::array<gint, GST_VIDEO_MAX_PLANES> stride{};
  std::size_t size = 0;

  static FrameLayout of(const GstVideoInfo& info);

  /// What a writer without video meta assumes.
  static FrameLayout packed(const GstVideoInfo& info);
};

}  // namespace teecam
