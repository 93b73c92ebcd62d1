// Thread: the test's.
// Owns: plain bytes.
// Ends: with its scope.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "core/media_writer.h"

namespace teecam::test {

using Bytes = std::vector<std::byte>;

inline Bytes bytesOf(const std::string& text) {
  const auto* data = reinterpret_cast<const std::byte*>(text.data());
  return {data, data + text.size()};
}

/// Units as they stand in a byte stream. Bodies must not hold start codes, nor end with a zero.
inline std::string annexB(const std::vector<std::string>& units) {
  std::string stream;
  for (const auto& unit : units) stream.append("\0\0\0\1", 4).append(unit);
  return stream;
}

inline std::string sps(char level = '\x1f') {
  return std::string("\x67\x42\xc0") + level + "s";
}
inline std::string pps() {
  return "\x68p";
}
inline std::string slice(std::size_t size, bool key) {
  return std::string(size + 1, 'x').replace(0, 1, 1, key ? '\x65' : '\x41');
}
inline std::string keyFrame(std::size_t size = 100, char level = '\x1f') {
  return annexB({sps(level), pps(), slice(size, true)});
}
inline std::string otherFrame(std::size_t size = 50) {
  return annexB({slice(size, false)});
}

inline AccessUnit unitOf(const Bytes& data, bool key, std::int64_t captureNs,
                         std::int64_t durationNs = 33'333'333) {
  AccessUnit unit;
  unit.data = data;
  unit.key = key;
  unit.captureNs = unit.decodeNs = captureNs;
  unit.durationNs = durationNs;
  unit.width = 640;
  unit.height = 480;
  return unit;
}

inline std::uint64_t number(std::span<const std::byte> bytes, std::size_t at, std::size_t width) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < width; i++) value = value << 8 | std::to_integer<std::uint64_t>(bytes[at + i]);
  return value;
}

}  // namespace teecam::test
