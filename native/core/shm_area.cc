#include "core/shm_area.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <utility>

#include "core/ring_error.h"

namespace teecam {

namespace {

/// Frames begin where a vector instruction likes to read.
constexpr std::size_t kAlignment = 64;

std::size_t aligned(std::size_t size) {
  return (size + kAlignment - 1) / kAlignment * kAlignment;
}

}  // namespace

ShmArea::ShmArea(std::string name, std::size_t size, mode_t mode) : name_(std::move(name)), size_(size) {
  shm_unlink(name_.c_str());
  fd_ = UniqueFd(shm_open(name_.c_str(), O_RDWR | O_CREAT | O_EXCL, 0600));
  if (!fd_) throw RingError::fromErrno(errno, "making " + name_);
  try {
    // Reserved, not only sized: a full /dev/shm is told now, and is no bus error later.
    const int error = posix_fallocate(fd_.get(), 0, static_cast<off_t>(size_));
    if (error == ENOSPC) throw RingError("no-space", name_ + " needs " + std::to_string(size_) + " bytes");
    if (error != 0) throw RingError::fromErrno(error, "reserving " + name_);
    if (fchmod(fd_.get(), mode) != 0) throw RingError::fromErrno(errno, "setting the mode of " + name_);
    void* memory = mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_SHARED, fd_.get(), 0);
    if (memory == MAP_FAILED) throw RingError::fromErrno(errno, "mapping " + name_);
    memory_ = static_cast<std::byte*>(memory);
  } catch (...) {
    removeName();
    throw;
  }
}

ShmArea::~ShmArea() {
  removeName();
  munmap(memory_, size_);
}

void ShmArea::removeName() const {
  shm_unlink(name_.c_str());
}

std::optional<std::size_t> ShmArea::take(std::size_t size) {
  std::size_t offset = 0;
  for (const auto& [begin, length] : blocks_) {
    if (begin - offset >= size) break;
    offset = aligned(begin + length);
  }
  if (offset > size_ || size_ - offset < size) return std::nullopt;
  blocks_.emplace(offset, size);
  return offset;
}

std::span<std::byte> ShmArea::block(std::size_t offset) const {
  return {memory_ + offset, blocks_.at(offset)};
}

}  // namespace teecam
