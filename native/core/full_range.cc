#include "core/full_range.h"

#include <algorithm>
#include <cmath>

namespace teecam {

namespace {

constexpr int kBits = 14;
constexpr int kOne = 1 << kBits;
constexpr int kNeutral = 128;
// What is left behind the point of a product, see part().
constexpr int kSumBits = 7 + kBits - 16;
constexpr std::int16_t kHalf = 1 << (kSumBits - 1);

std::int16_t fixed(double value) {
  return static_cast<std::int16_t>(std::clamp<long>(std::lround(value * kOne), INT16_MIN, INT16_MAX));
}

/// A sample, or its distance from neutral, times a coefficient. In 16 bits, of which a register holds twice
/// as many: the upper half of a product is one instruction, where SSE2 has none for a product of 32 bits.
std::int16_t part(int sample, std::int16_t coefficient) {
  return static_cast<std::int16_t>((static_cast<std::int16_t>(sample << 7) * coefficient) >> 16);
}

std::uint8_t toByte(int sum) {
  const auto value = static_cast<std::int16_t>(static_cast<std::int16_t>(sum) >> kSumBits);
  return static_cast<std::uint8_t>(std::clamp<std::int16_t>(value, 0, 255));
}

std::uint8_t* row(const GstVideoFrame& frame, int plane, int y) {
  return static_cast<std::uint8_t*>(GST_VIDEO_FRAME_PLANE_DATA(&frame, plane)) +
         static_cast<std::ptrdiff_t>(y) * GST_VIDEO_FRAME_PLANE_STRIDE(&frame, plane);
}

}  // namespace

FullRange::FullRange(const GstVideoColorimetry& from) {
  gint offset[GST_VIDEO_MAX_COMPONENTS];
  gint scale[GST_VIDEO_MAX_COMPONENTS];
  gst_video_color_range_offsets(from.range, gst_video_format_get_info(GST_VIDEO_FORMAT_I420), offset, scale);
  double toR = 0.299;
  double toB = 0.114;
  gst_video_color_matrix_get_Kr_Kb(GST_VIDEO_COLOR_MATRIX_BT601, &toR, &toB);
  double fromR = toR;
  double fromB = toB;
  gst_video_color_matrix_get_Kr_Kb(from.matrix, &fromR, &fromB);  // left alone where it is not known

  // R - Y and B - Y of the old matrix for a whole V and U; what G takes from them; the luma they add.
  const double rFromV = 2 * (1 - fromR);
  const double bFromU = 2 * (1 - fromB);
  const double green = (1 - toR - toB) / (1 - fromR - fromB);
  const double lumaFromU = bFromU * (toB - green * fromB);
  const double lumaFromV = rFromV * (toR - green * fromR);

  const double luma = 255.0 / scale[0];
  const double chroma = 255.0 / scale[1];
  black_ = offset[0];
  lumaFromLuma_ = fixed(luma);
  lumaFromU_ = fixed(chroma * lumaFromU);
  lumaFromV_ = fixed(chroma * lumaFromV);
  uFromU_ = fixed(chroma * (bFromU - lumaFromU) / (2 * (1 - toB)));
  uFromV_ = fixed(chroma * -lumaFromV / (2 * (1 - toB)));
  vFromU_ = fixed(chroma * -lumaFromU / (2 * (1 - toR)));
  vFromV_ = fixed(chroma * (rFromV - lumaFromV) / (2 * (1 - toR)));
}

bool FullRange::identity() const {
  return black_ == 0 && lumaFromLuma_ == kOne && uFromU_ == kOne && vFromV_ == kOne && lumaFromU_ == 0 &&
         lumaFromV_ == 0;
}

void FullRange::convert(const GstVideoFrame& from, GstVideoFrame& to) {
  const int width = GST_VIDEO_FRAME_WIDTH(&from);
  const int height = GST_VIDEO_FRAME_HEIGHT(&from);
  const int chromaWidth = GST_VIDEO_FRAME_COMP_WIDTH(&from, 1);
  mix_.resize(static_cast<std::size_t>(chromaWidth) * 2);
  const std::int16_t fromLuma = lumaFromLuma_;
  for (int y = 0; y < height; y++) {
    if (y % 2 == 0) mixRow(row(from, 1, y / 2), row(from, 2, y / 2), chromaWidth);
    const std::uint8_t* __restrict in = row(from, 0, y);
    std::uint8_t* __restrict out = row(to, 0, y);
    const std::int16_t* __restrict mix = mix_.data();
    for (int x = 0; x < width; x++) out[x] = toByte(part(in[x], fromLuma) + mix[x]);
  }
  convertChroma(from, to);
}

/// The parts of a luma sample that do not come from luma, and what rounding needs.
void FullRange::mixRow(const std::uint8_t* u, const std::uint8_t* v, int chromaWidth) {
  const std::int16_t fromU = lumaFromU_, fromV = lumaFromV_;
  const auto always = static_cast<std::int16_t>(kHalf - part(black_, lumaFromLuma_));
  std::int16_t* __restrict mix = mix_.data();
  for (int x = 0; x < chromaWidth; x++) {
    mix[2 * x] = mix[2 * x + 1] =
        static_cast<std::int16_t>(always + part(u[x] - kNeutral, fromU) + part(v[x] - kNeutral, fromV));
  }
}

void FullRange::convertChroma(const GstVideoFrame& from, GstVideoFrame& to) const {
  const int width = GST_VIDEO_FRAME_COMP_WIDTH(&from, 1);
  const int height = GST_VIDEO_FRAME_COMP_HEIGHT(&from, 1);
  const std::int16_t uFromU = uFromU_, uFromV = uFromV_, vFromU = vFromU_, vFromV = vFromV_;
  constexpr std::int16_t always = (kNeutral << kSumBits) + kHalf;
  for (int y = 0; y < height; y++) {
    const std::uint8_t* __restrict u = row(from, 1, y);
    const std::uint8_t* __restrict v = row(from, 2, y);
    std::uint8_t* __restrict outU = row(to, 1, y);
    std::uint8_t* __restrict outV = row(to, 2, y);
    for (int x = 0; x < width; x++) {
      const int du = u[x] - kNeutral;
      const int dv = v[x] - kNeutral;
      outU[x] = toByte(always + part(du, uFromU) + part(dv, uFromV));
      outV[x] = toByte(always + part(du, vFromU) + part(dv, vFromV));
    }
  }
}

}  // namespace teecam
