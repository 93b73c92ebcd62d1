// Thread: one at a time (the writer's lock).
// Owns: which slots of a raw ring are being written, and the order of the others.
// Ends: with its writer.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "core/ring_geometry.h"
#include "core/ring_history.h"

namespace teecam {

/// The slots of a raw ring; none of an encoded one.
class RingSlots {
 public:
  /// Those without a frame come first, then those with one, the oldest first.
  RingSlots(const RingGeometry& geometry, const RingHistory& history);

  /// Of a raw ring; 0: it is for encoded frames.
  std::uint64_t size() const { return size_; }
  /// From the start of the file.
  std::uint64_t offset(std::uint32_t slot) const { return begin_ + slot * size_; }
  /// The free slot that was published longest ago.
  std::optional<std::uint32_t> take();
  /// It was not published.
  void giveBack(std::uint32_t slot);
  /// It is free after all the others. False if part of its bytes may have gone to a file that was lost since.
  bool publish(std::uint32_t slot);
  /// The memory of the slots is another file's now.
  void loseFile();

 private:
  enum class Taken { no, yes, fromLostFile };

  const std::uint64_t begin_;
  const std::uint64_t size_;
  std::deque<std::uint32_t> free_;
  std::vector<Taken> taken_;
};

}  // namespace teecam
