#include "core/ring_mapping.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <limits>
#include <string>

#include "core/ring_error.h"
#include "core/ring_words.h"

namespace teecam {

namespace {

RingGeometry readHeader(int fd, const char* name) {
  teecam_ring_header header{};
  ssize_t got;
  do got = pread(fd, &header, sizeof header, 0);
  while (got < 0 && errno == EINTR);
  if (got < 0) throw RingError::fromErrno(errno, std::string("reading ") + name);
  struct stat status {};
  if (fstat(fd, &status) != 0) throw RingError::fromErrno(errno, std::string("reading ") + name);
  try {
    if (got != sizeof header) throw RingError("malformed", "not a ring: it is shorter than a header");
    return readGeometry(header, static_cast<std::uint64_t>(status.st_size));
  } catch (const RingError& error) {
    throw RingError(error.code(), std::string(name) + ": " + error.what());
  }
}

}  // namespace

RingMapping::RingMapping(int fd, Access access, const char* name) : geometry_(readHeader(fd, name)) {
  if (geometry_.fileSize() > std::numeric_limits<std::size_t>::max() / 2)
    throw RingError("failed", std::string(name) + " is too large to map");
  size_ = static_cast<std::size_t>(geometry_.fileSize());
  const int protection = access == Access::write ? PROT_READ | PROT_WRITE : PROT_READ;
  void* base = mmap(nullptr, size_, protection, MAP_SHARED, fd, 0);
  if (base == MAP_FAILED) throw RingError::fromErrno(errno, std::string("mapping ") + name);
  base_ = static_cast<std::byte*>(base);
}

RingMapping::~RingMapping() {
  munmap(base_, size_);
}

bool RingMapping::remap(int fd, const char* name) {
  if (readHeader(fd, name) != geometry_) return false;
  if (mmap(base_, size_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0) == MAP_FAILED)
    throw RingError::fromErrno(errno, std::string("mapping ") + name);
  return true;
}

std::optional<RingMapping::Seen> RingMapping::see(std::uint64_t head) const {
  const teecam_frame_descriptor& shared = descriptor(head);
  Seen seen{};
  seen.lock = loadAcquire(shared.lock);
  if (seen.lock % 2 != 0) return std::nullopt;
  std::memcpy(&seen.frame, &shared, sizeof shared);
  if (!unchanged(shared.lock, seen.lock)) return std::nullopt;
  if (static_cast<std::uint32_t>(seen.frame.sequence) != static_cast<std::uint32_t>(head) ||
      !holds(seen.frame))
    return std::nullopt;
  return seen;
}

bool RingMapping::holds(const teecam_frame_descriptor& frame) const {
  const std::uint64_t begin = geometry_.arenaOffset(), end = geometry_.fileSize();
  if (frame.offset < begin || frame.offset > end || frame.size > end - frame.offset) return false;
  if (frame.plane_count > TEECAM_RING_MAX_PLANES) return false;
  for (std::uint32_t plane = 0; plane < frame.plane_count; plane++)
    if (frame.plane_offset[plane] > frame.size) return false;
  return true;
}

}  // namespace teecam
