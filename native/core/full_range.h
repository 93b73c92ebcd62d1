// Thread: any; a conversion is never changed.
// Owns: its coefficients.
// Ends: with its owner.
#pragma once

#include <gst/video/video.h>

#include <cstdint>
#include <vector>

namespace teecam {

/// Turns I420 of a colorimetry into what a JPEG file has by its definition (JFIF): BT.601 over the full range
/// of a byte. Grey stays grey whatever the matrix, so new chroma needs old chroma alone.
class FullRange {
 public:
  explicit FullRange(const GstVideoColorimetry& from);

  /// The pictures have it already.
  bool identity() const;
  /// Both I420 of the same size.
  void convert(const GstVideoFrame& from, GstVideoFrame& to);

 private:
  void convertChroma(const GstVideoFrame& from, GstVideoFrame& to) const;
  void mixRow(const std::uint8_t* u, const std::uint8_t* v, int chromaWidth);

  // coefficients, 14 bits after the point
  std::int16_t lumaFromLuma_, lumaFromU_, lumaFromV_;
  std::int16_t uFromU_, uFromV_, vFromU_, vFromV_;
  int black_;
  std::vector<std::int16_t> mix_;  // what a row's chroma adds to each luma sample
};

}  // namespace teecam
