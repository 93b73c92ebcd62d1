#include "core/ring_geometry.h"

#include <bit>
#include <cstring>

#include "core/ring_error.h"

namespace teecam {

static_assert(std::endian::native == std::endian::little, "a ring is little-endian");

namespace {

constexpr std::uint64_t kPage = 4096;
// Far beyond any real ring, and small enough that no sum of offsets below can overflow.
constexpr std::uint64_t kMaxArena = std::uint64_t{1} << 40;
constexpr std::uint32_t kMaxFrames = 1u << 20;

const char* fault(const RingGeometry& g) {
  if (g.frameCount == 0 || g.frameCount > kMaxFrames || !std::has_single_bit(g.frameCount))
    return "frameCount must be a power of two up to 2^20";
  if (g.arenaSize == 0 || g.arenaSize > kMaxArena || g.arenaSize % kPage != 0)
    return "arenaSize must be a positive multiple of 4096";
  if ((g.slotCount == 0) != (g.slotSize == 0)) return "slotCount and slotSize go together";
  if (g.slotSize % kPage != 0) return "slotSize must be a multiple of 4096";
  if (g.slotCount > g.frameCount) return "there must be a descriptor for every slot";
  if (g.slotCount != 0 && g.slotSize > g.arenaSize / g.slotCount) return "the slots do not fit the arena";
  return nullptr;
}

}  // namespace

std::uint64_t RingGeometry::arenaOffset() const {
  const std::uint64_t end = TEECAM_RING_HEADER_SIZE + std::uint64_t{frameCount} * TEECAM_RING_DESCRIPTOR_SIZE;
  return (end + kPage - 1) / kPage * kPage;
}

std::uint64_t RingGeometry::fileSize() const {
  return arenaOffset() + arenaSize;
}

void RingGeometry::check() const {
  if (const char* what = fault(*this)) throw RingError("failed", std::string("impossible ring: ") + what);
}

RingGeometry readGeometry(const teecam_ring_header& header, std::uint64_t actualSize) {
  const auto malformed = [](const std::string& what) {
    return RingError("malformed", "not a ring: " + what);
  };
  if (std::memcmp(header.magic, TEECAM_RING_MAGIC, sizeof header.magic) != 0)
    throw malformed("it does not begin with " TEECAM_RING_MAGIC);
  if (header.version != TEECAM_RING_VERSION)
    throw malformed("version " + std::to_string(header.version) + ", wanted " +
                    std::to_string(TEECAM_RING_VERSION));
  const RingGeometry geometry{header.frame_count, header.slot_count, header.slot_size, header.arena_size};
  if (const char* what = fault(geometry)) throw malformed(what);
  if (header.header_size != TEECAM_RING_HEADER_SIZE ||
      header.descriptor_size != TEECAM_RING_DESCRIPTOR_SIZE ||
      header.descriptor_offset != TEECAM_RING_HEADER_SIZE || header.arena_offset != geometry.arenaOffset())
    throw malformed("its parts are not where version 1 has them");
  if (header.file_size != geometry.fileSize() || actualSize < header.file_size)
    throw malformed("it has " + std::to_string(actualSize) + " bytes, wanted " +
                    std::to_string(geometry.fileSize()));
  return geometry;
}

}  // namespace teecam
