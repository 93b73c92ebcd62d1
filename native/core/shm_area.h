// Thread: one at a time.
// Owns: a file in /dev/shm and its mapping.
// Ends: the destructor removes the name and the mapping; clients keep theirs.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>

#include "core/unique_fd.h"

namespace teecam {

/// Memory that clients read, in blocks.
class ShmArea {
 public:
  /// `name` begins with a slash. A file that a killed run left under it is removed: the caller owns the ring
  /// that the name is made from. Throws RingError: `no-space`, `no-permission`, `failed`.
  ShmArea(std::string name, std::size_t size, mode_t mode);
  ~ShmArea();
  ShmArea(const ShmArea&) = delete;
  ShmArea& operator=(const ShmArea&) = delete;

  const std::string& name() const { return name_; }
  std::size_t size() const { return size_; }
  void removeName() const;

  /// The block's offset. nullopt: nowhere is so much room.
  std::optional<std::size_t> take(std::size_t size);
  std::span<std::byte> block(std::size_t offset) const;
  void release(std::size_t offset) { blocks_.erase(offset); }

 private:
  const std::string name_;
  const std::size_t size_;
  UniqueFd fd_;
  std::byte* memory_ = nullptr;
  std::map<std::size_t, std::size_t> blocks_;  // offset → size
};

}  // namespace teecam
