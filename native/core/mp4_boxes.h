// Thread: one at a time.
// Owns: the bytes written so far.
// Ends: take() hands them over.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace teecam {

/// Boxes of ISO/IEC 14496-12, one in the other.
class Mp4Boxes {
 public:
  std::vector<std::byte> take() { return std::exchange(bytes_, {}); }
  std::size_t size() const { return bytes_.size(); }
  void reserve(std::size_t size) { bytes_.reserve(size); }

  /// `fill` writes what is in the box.
  template <typename Fill>
  void box(std::string_view type, Fill fill) {
    const std::size_t at = size();
    u32({0});
    text(type);
    fill();
    patch32(at, size() - at);
  }
  /// With version and flags.
  template <typename Fill>
  void fullBox(std::string_view type, std::uint32_t version, std::uint32_t flags, Fill fill) {
    box(type, [&] {
      u32({version << 24 | flags});
      fill();
    });
  }

  void u8(std::initializer_list<std::uint64_t> values) { append(values, 1); }
  void u16(std::initializer_list<std::uint64_t> values) { append(values, 2); }
  void u32(std::initializer_list<std::uint64_t> values) { append(values, 4); }
  void u64(std::initializer_list<std::uint64_t> values) { append(values, 8); }
  void zeros(std::size_t count) { bytes_.resize(bytes_.size() + count); }
  void raw(std::span<const std::byte> data) { bytes_.insert(bytes_.end(), data.begin(), data.end()); }
  void text(std::string_view characters) {
    for (const char character : characters) bytes_.push_back(static_cast<std::byte>(character));
  }

  void patch32(std::size_t at, std::uint64_t value) {
    for (std::size_t i = 0; i < 4; i++) bytes_[at + i] = static_cast<std::byte>(value >> (24 - 8 * i) & 0xff);
  }

 private:
  void append(std::initializer_list<std::uint64_t> values, unsigned width) {
    for (const auto value : values)
      for (unsigned i = width; i-- > 0;) bytes_.push_back(static_cast<std::byte>(value >> (8 * i) & 0xff));
  }

  std::vector<std::byte> bytes_;
};

}  // namespace teecam
