// Thread: any may read; writing follows the ring's rules.
// Owns: the mapping of a whole ring file, its header checked.
// Ends: the destructor unmaps.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "core/ring_geometry.h"
#include "teecam_ring.h"

namespace teecam {

class RingMapping {
 public:
  enum class Access { read, write };

  /// Reads and checks the header through `fd` first (the read that the writer's inotify watch waits for).
  /// Throws RingError. `name` is for its words.
  RingMapping(int fd, Access access, const char* name);
  ~RingMapping();
  RingMapping(const RingMapping&) = delete;
  RingMapping& operator=(const RingMapping&) = delete;

  /// Puts another file at the same addresses; false, with nothing changed, if its geometry is another.
  bool remap(int fd, const char* name);

  const RingGeometry& geometry() const { return geometry_; }
  std::size_t size() const { return size_; }

  teecam_ring_header& header() const { return *reinterpret_cast<teecam_ring_header*>(base_); }
  /// The descriptor of frame `sequence`.
  teecam_frame_descriptor& descriptor(std::uint64_t sequence) const {
    auto* first = reinterpret_cast<teecam_frame_descriptor*>(base_ + TEECAM_RING_HEADER_SIZE);
    return first[sequence & (geometry_.frameCount - 1)];
  }
  /// `offset` counts from the start of the file.
  std::byte* at(std::uint64_t offset) const { return base_ + offset; }

  /// A whole copy of a descriptor with the lock it was read under, if frame `head` is still there. `head` may
  /// be the low 32 bits only.
  struct Seen {
    teecam_frame_descriptor frame;
    std::uint32_t lock;
  };
  std::optional<Seen> see(std::uint64_t head) const;

  /// Whether the frame's bytes and planes lie within the arena.
  bool holds(const teecam_frame_descriptor& frame) const;

 private:
  RingGeometry geometry_;
  std::size_t size_ = 0;
  std::byte* base_ = nullptr;
};

}  // namespace teecam
