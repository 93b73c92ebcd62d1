// Thread: any.
// Owns: nothing.
// Ends: never.
#pragma once

#include <cstdint>

#include "teecam_ring.h"

namespace teecam {

/// What a ring file is made from; src/ring/layout.ts has the same. Two rings of equal geometry are
/// interchangeable.
struct RingGeometry {
  std::uint32_t frameCount = 0;
  std::uint32_t slotCount = 0;  // 0: frames of any size (encoded streams)
  std::uint64_t slotSize = 0;
  std::uint64_t arenaSize = 0;
  bool operator==(const RingGeometry&) const = default;

  std::uint64_t arenaOffset() const;
  std::uint64_t fileSize() const;

  /// Throws RingError `failed` when no ring can be made of it.
  void check() const;
};

/// The geometry that a header describes. Throws RingError `malformed` unless magic, version and every offset
/// agree with a file of `actualSize` bytes: what it returns may be used without further checks.
RingGeometry readGeometry(const teecam_ring_header& header, std::uint64_t actualSize);

}  // namespace teecam
