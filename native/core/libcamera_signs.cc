#include "core/libcamera_signs.h"

#include <linux/videodev2.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace teecam {

namespace {

/// Of a Raspberry Pi. Its image processors list ordinary formats and have no mark.
constexpr std::array<std::string_view, 5> kDrivers = {"unicam", "bcm2835-unicam", "rp1-cfe", "bcm2835-isp",
                                                      "pispbe"};

/// The kernel itself names the formats, so that a new one is known here without a list of them.
bool isBayer(const std::string& format) {
  return format.find("Bayer") != std::string::npos || format.find("bayer") != std::string::npos;
}

}  // namespace

bool needsLibcamera(const NodeFacts& node) {
  if ((node.capabilities & V4L2_CAP_IO_MC) != 0) return true;
  if (!node.formats.empty() && std::ranges::all_of(node.formats, isBayer)) return true;
  return std::ranges::find(kDrivers, node.driver) != kDrivers.end();
}

}  // namespace teecam
