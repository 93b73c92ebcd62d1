#include "core/v4l2_formats.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <numeric>
#include <optional>

#include "core/v4l2_node.h"

namespace teecam {

namespace {

struct KnownFormat {
  std::uint32_t fourcc;
  const char* media;
  const char* format;
};

constexpr std::array<KnownFormat, 15> kFormats = {{
    {V4L2_PIX_FMT_YUYV, "video/x-raw", "YUY2"},
    {V4L2_PIX_FMT_UYVY, "video/x-raw", "UYVY"},
    {V4L2_PIX_FMT_NV12, "video/x-raw", "NV12"},
    {V4L2_PIX_FMT_NV12M, "video/x-raw", "NV12"},
    {V4L2_PIX_FMT_NV21, "video/x-raw", "NV21"},
    {V4L2_PIX_FMT_YUV420, "video/x-raw", "I420"},
    {V4L2_PIX_FMT_YUV420M, "video/x-raw", "I420"},
    {V4L2_PIX_FMT_YVU420, "video/x-raw", "YV12"},
    {V4L2_PIX_FMT_RGB24, "video/x-raw", "RGB"},
    {V4L2_PIX_FMT_BGR24, "video/x-raw", "BGR"},
    {V4L2_PIX_FMT_GREY, "video/x-raw", "GRAY8"},
    {V4L2_PIX_FMT_MJPEG, "image/jpeg", "JPEG"},
    {V4L2_PIX_FMT_JPEG, "image/jpeg", "JPEG"},
    {V4L2_PIX_FMT_H264, "video/x-h264", "H264"},
    {V4L2_PIX_FMT_YUV422P, "video/x-raw", "Y42B"},
}};

constexpr std::array<FrameSize, 16> kCommonSizes = {{{3840, 2160},
                                                     {2560, 1440},
                                                     {1920, 1080},
                                                     {1600, 1200},
                                                     {1280, 960},
                                                     {1280, 720},
                                                     {1024, 768},
                                                     {1024, 576},
                                                     {960, 540},
                                                     {800, 600},
                                                     {640, 480},
                                                     {640, 360},
                                                     {320, 240},
                                                     {320, 180},
                                                     {176, 144},
                                                     {160, 120}}};

constexpr std::array<int, 13> kCommonRates = {240, 120, 90, 60, 50, 30, 25, 24, 20, 15, 10, 5, 1};

const KnownFormat* knownFormat(std::uint32_t fourcc) {
  const auto found = std::ranges::find(kFormats, fourcc, &KnownFormat::fourcc);
  return found == kFormats.end() ? nullptr : found;
}

bool onStep(std::uint32_t value, std::uint32_t least, std::uint32_t most, std::uint32_t step) {
  return value >= least && value <= most && (step <= 1 || (value - least) % step == 0);
}

/// An interval of seconds as frames a second; nothing for intervals of nothing.
std::optional<Fraction> rateOf(const v4l2_fract& interval) {
  if (interval.numerator == 0 || interval.denominator == 0) return std::nullopt;
  const std::uint32_t common = std::gcd(interval.numerator, interval.denominator);
  const std::uint32_t num = interval.denominator / common, den = interval.numerator / common;
  if (num > INT32_MAX || den > INT32_MAX) return std::nullopt;
  return Fraction{static_cast<int>(num), static_cast<int>(den)};
}

bool faster(const Fraction& a, const Fraction& b) {
  return std::int64_t{a.num} * b.den > std::int64_t{b.num} * a.den;
}

/// The common sizes that a driver without an enumeration does not change when they are tried.
std::vector<FrameSize> triedSizes(const V4l2Node& node, std::uint32_t fourcc) {
  std::vector<FrameSize> sizes;
  for (const FrameSize& size : kCommonSizes) {
    v4l2_format format{};
    format.type = node.bufferType();
    const bool planes = format.type == V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE;
    const auto width = static_cast<std::uint32_t>(size.width),
               height = static_cast<std::uint32_t>(size.height);
    if (planes) {
      format.fmt.pix_mp.pixelformat = fourcc;
      format.fmt.pix_mp.width = width;
      format.fmt.pix_mp.height = height;
    } else {
      format.fmt.pix.pixelformat = fourcc;
      format.fmt.pix.width = width;
      format.fmt.pix.height = height;
    }
    if (!node.ask(VIDIOC_TRY_FMT, format)) continue;
    const bool same = planes ? format.fmt.pix_mp.pixelformat == fourcc && format.fmt.pix_mp.width == width &&
                                   format.fmt.pix_mp.height == height
                             : format.fmt.pix.pixelformat == fourcc && format.fmt.pix.width == width &&
                                   format.fmt.pix.height == height;
    if (same) sizes.push_back(size);
  }
  return sizes;
}

std::vector<FrameSize> sizesOf(const V4l2Node& node, std::uint32_t fourcc) {
  std::vector<FrameSize> sizes;
  v4l2_frmsizeenum entry{};
  entry.pixel_format = fourcc;
  for (; node.ask(VIDIOC_ENUM_FRAMESIZES, entry); entry.index++) {
    if (entry.type != V4L2_FRMSIZE_TYPE_DISCRETE) return sizesWithin(entry.stepwise);
    const FrameSize size{static_cast<int>(entry.discrete.width), static_cast<int>(entry.discrete.height)};
    if (std::ranges::find(sizes, size) == sizes.end()) sizes.push_back(size);
  }
  return entry.index == 0 ? triedSizes(node, fourcc) : sizes;
}

/// The rate that is set now, or 0/1 where the driver does not know it.
Fraction currentRate(const V4l2Node& node) {
  v4l2_streamparm parameters{};
  parameters.type = node.bufferType();
  if (!node.ask(VIDIOC_G_PARM, parameters)) return {0, 1};
  return rateOf(parameters.parm.capture.timeperframe).value_or(Fraction{0, 1});
}

std::vector<Fraction> ratesOf(const V4l2Node& node, std::uint32_t fourcc, const FrameSize& size) {
  std::vector<Fraction> rates;
  v4l2_frmivalenum entry{};
  entry.pixel_format = fourcc;
  entry.width = static_cast<std::uint32_t>(size.width);
  entry.height = static_cast<std::uint32_t>(size.height);
  for (; node.ask(VIDIOC_ENUM_FRAMEINTERVALS, entry); entry.index++) {
    if (entry.type != V4L2_FRMIVAL_TYPE_DISCRETE) return ratesWithin(entry.stepwise);
    if (const auto rate = rateOf(entry.discrete)) rates.push_back(*rate);
  }
  if (rates.empty()) rates.push_back(currentRate(node));
  sortRates(rates);
  return rates;
}

}  // namespace

std::vector<FrameSize> sizesWithin(const v4l2_frmsize_stepwise& range) {
  std::vector<FrameSize> sizes;
  const FrameSize largest{static_cast<int>(range.max_width), static_cast<int>(range.max_height)};
  sizes.push_back(largest);
  for (const FrameSize& size : kCommonSizes) {
    const bool fits =
        onStep(static_cast<std::uint32_t>(size.width), range.min_width, range.max_width, range.step_width) &&
        onStep(static_cast<std::uint32_t>(size.height), range.min_height, range.max_height,
               range.step_height);
    if (fits && size != largest) sizes.push_back(size);
  }
  return sizes;
}

std::vector<Fraction> ratesWithin(const v4l2_frmival_stepwise& range) {
  std::vector<Fraction> rates;
  // The shortest interval is the highest rate.
  const auto highest = rateOf(range.min), lowest = rateOf(range.max);
  if (highest) rates.push_back(*highest);
  for (const int num : kCommonRates) {
    const Fraction rate{num, 1};
    const bool below = !highest || !faster(rate, *highest);
    const bool above = !lowest || !faster(*lowest, rate);
    if (below && above) rates.push_back(rate);
  }
  sortRates(rates);
  return rates;
}

void sortRates(std::vector<Fraction>& rates) {
  std::ranges::sort(rates, faster);
  const auto same = [](const Fraction& a, const Fraction& b) { return !faster(a, b) && !faster(b, a); };
  rates.erase(std::unique(rates.begin(), rates.end(), same), rates.end());
}

std::vector<SourceFormat> v4l2Formats(const V4l2Node& node) {
  std::vector<SourceFormat> formats;
  v4l2_fmtdesc description{};
  description.type = node.bufferType();
  for (; node.ask(VIDIOC_ENUM_FMT, description); description.index++) {
    const KnownFormat* known = knownFormat(description.pixelformat);
    if (!known) continue;
    for (const FrameSize& size : sizesOf(node, description.pixelformat)) {
      formats.push_back({known->media, known->format, size.width, size.height,
                         ratesOf(node, description.pixelformat, size)});
    }
  }
  return formats;
}

}  // namespace teecam
