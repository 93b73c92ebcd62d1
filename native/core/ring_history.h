// Thread: one at a time (the writer's lock).
// Owns: the list of frames whose bytes are still whole.
// Ends: with its writer.
#pragma once

#include <cstdint>
#include <deque>

#include "core/ring_mapping.h"

namespace teecam {

/// What earlier writers left in a ring, and which frames a new one displaces.
class RingHistory {
 public:
  struct Frame {
    std::uint64_t sequence;
    std::uint64_t offset;
    std::uint64_t end;
  };

  /// Reads the descriptors, whatever state a killed writer left them in. Only an unbroken row of frames up to
  /// the newest is kept; all others are marked as gone.
  explicit RingHistory(const RingMapping& mapping);

  /// The last sequence number that was given out.
  std::uint64_t newest() const { return newest_; }
  std::uint64_t newestKey() const { return newestKey_; }
  /// Oldest first.
  const std::deque<Frame>& frames() const { return frames_; }

  /// Marks every frame that has bytes in [offset, end) as gone, and those older than it.
  void displace(const RingMapping& mapping, std::uint64_t offset, std::uint64_t end);
  /// A frame was published; its descriptor's former frame is forgotten.
  void add(const RingMapping& mapping, const Frame& frame, bool key);
  /// The mapping shows a file without frames now; the numbers go on after `newest`.
  void moved(std::uint64_t newest) {
    frames_.clear();
    newest_ = newest;
  }

 private:
  std::deque<Frame> frames_;
  std::uint64_t newest_ = 0;
  std::uint64_t newestKey_ = 0;
};

}  // namespace teecam
