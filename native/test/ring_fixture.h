// Thread: the test's.
// Owns: the name of a ring in /dev/shm that no other test uses.
// Ends: the destructor removes whatever is left under it.
#pragma once

#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "core/ring_file.h"
#include "core/ring_reader.h"
#include "core/ring_writer.h"

namespace teecam::test {

class RingName {
 public:
  RingName() {
    static std::atomic<int> count{0};
    instance_ = std::to_string(getpid()).append("-").append(std::to_string(count++));
    path_.append("/dev/shm/teecam.").append(instance_).append(".front.high");
  }
  ~RingName() { unlink(path_.c_str()); }
  RingName(const RingName&) = delete;
  RingName& operator=(const RingName&) = delete;

  const std::string& path() const { return path_; }
  RingFileOptions options(const RingGeometry& geometry) const {
    return {geometry, instance_, "front", "high", 0640, std::nullopt};
  }

 private:
  std::string instance_, path_;
};

inline RingGeometry rawGeometry(std::uint32_t slots = 4, std::uint64_t slotSize = 4096) {
  return {16, slots, slotSize, slots * slotSize};
}
inline RingGeometry encodedGeometry(std::uint64_t arena = 16384, std::uint32_t frames = 16) {
  return {frames, 0, 0, arena};
}

inline std::optional<std::uint64_t> publishText(RingWriter& writer, std::string_view text,
                                                std::uint32_t flags = 0) {
  const std::span<const std::byte> bytes = std::as_bytes(std::span(text));
  FrameMeta meta;
  meta.flags = flags;
  return writer.publish(std::span(&bytes, 1), meta);
}

/// A frame of one repeated byte through a slot.
inline std::uint64_t publishRaw(RingWriter& writer, std::byte value, std::size_t size = 100) {
  const auto slot = writer.takeSlot();
  if (!slot) throw std::runtime_error("no slot");
  std::memset(slot->data, static_cast<int>(value), size);
  FrameMeta meta;
  meta.flags = TEECAM_FRAME_KEY;
  return writer.publishSlot(slot->index, size, meta).value();
}

/// The next frame that fits; nothing else counts. Fails after 20 s.
inline std::optional<RingFrame> frameWith(RingReader& reader, std::uint32_t flags, std::uint32_t mask) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (std::chrono::steady_clock::now() < deadline) {
    if (auto frame = reader.take(RingMode::next)) {
      if ((frame->info.flags & mask) == flags) return frame;
    } else {
      reader.waitFor(std::chrono::milliseconds(100));
    }
  }
  return std::nullopt;
}

}  // namespace teecam::test
