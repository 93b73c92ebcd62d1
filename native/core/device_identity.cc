#include "core/device_identity.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <string_view>

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

std::optional<std::string> lineOf(const fs::path& file) {
  std::ifstream stream(file);
  std::string line;
  if (!std::getline(stream, line) || line.empty()) return std::nullopt;
  return line;
}

/// Of the USB device whose interface the node belongs to: the nearest folder above that says who made it.
void addUsb(DeviceIdentity& identity, const fs::path& node) {
  std::error_code none;
  fs::path at = fs::canonical(node / "device", none);
  for (; !none && at.has_relative_path(); at = at.parent_path()) {
    if (!fs::exists(at / "idVendor", none)) continue;
    identity.vendor = lineOf(at / "idVendor");
    identity.product = lineOf(at / "idProduct");
    identity.serial = lineOf(at / "serial");
    return;
  }
}

}  // namespace

std::vector<unsigned> videoNodes() {
  std::vector<unsigned> numbers;
  for (const fs::path& path : entries("/dev")) {
    if (const auto number = numberOf(path)) numbers.push_back(*number);
  }
  std::ranges::sort(numbers);
  return numbers;
}

DeviceIdentity identityOf(unsigned number) {
  const fs::path node = "/sys/class/video4linux/video" + std::to_string(number);
  DeviceIdentity identity;
  identity.name = lineOf(node / "name").value_or("");
  identity.links = linksTo(videoNodePath(number));
  addUsb(identity, node);
  return identity;
}

std::string videoNodePath(unsigned number) {
  return std::string(kPrefix) + std::to_string(number);
}

}  // namespace teecam
