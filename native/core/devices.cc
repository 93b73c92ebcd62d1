#include "core/devices.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <string_view>

#include "core/error.h"
#include "core/v4l2_node.h"

namespace fs = std::filesystem;

namespace teecam {

namespace {

constexpr std::string_view kPrefix = "/dev/video";

std::vector<fs::path> entries(const fs::path& folder) {
  std::vector<fs::path> found;
  std::error_code none;
  for (fs::directory_iterator at(folder, none), end; !none && at != end; at.increment(none)) {
    found.push_back(at->path());
  }
  std::ranges::sort(found);
  return found;
}

/// N of /dev/videoN.
std::optional<unsigned> numberOf(const fs::path& path) {
  const std::string text = path.string();
  if (!text.starts_with(kPrefix)) return std::nullopt;
  unsigned number = 0;
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data() + kPrefix.size(), end, number);
  if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  return number;
}

std::vector<unsigned> nodeNumbers() {
  std::vector<unsigned> numbers;
  for (const fs::path& path : entries("/dev")) {
    if (const auto number = numberOf(path)) numbers.push_back(*number);
  }
  std::ranges::sort(numbers);
  return numbers;
}

std::vector<std::string> linksTo(const std::string& path) {
  std::vector<std::string> links;
  for (const char* folder : {"/dev/v4l/by-id", "/dev/v4l/by-path"}) {
    for (const fs::path& link : entries(folder)) {
      std::error_code dangling;
      if (fs::equivalent(link, path, dangling)) links.push_back(link.string());
    }
  }
  return links;
}

/// Of the USB device whose interface the node belongs to: the nearest folder above that has a serial number.
std::optional<std::string> serialOf(unsigned number) {
  std::error_code none;
  fs::path at = fs::canonical("/sys/class/video4linux/video" + std::to_string(number) + "/device", none);
  for (; !none && at.has_relative_path(); at = at.parent_path()) {
    if (!fs::exists(at / "idVendor", none)) continue;
    std::string serial;
    std::ifstream file(at / "serial");
    if (std::getline(file, serial) && !serial.empty()) return serial;
    return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace

std::vector<CaptureDevice> listCaptureDevices() {
  std::vector<CaptureDevice> devices;
  for (const unsigned number : nodeNumbers()) {
    const std::string path = std::string(kPrefix) + std::to_string(number);
    try {
      const V4l2Node node(path);
      if (!node.givesPictures() || node.needsLibcamera()) continue;
      devices.push_back({path, node.card(), node.driver(), node.busInfo(), serialOf(number), linksTo(path)});
    } catch (const CoreError&) {
      // Cannot be opened, so it is no camera to choose; naming it in the profile tells why.
    }
  }
  return devices;
}

}  // namespace teecam
