// Thread: one, in a process of its own.
// Owns: nothing; what it did is in memory shared with its parent, since it ends by a kill.
// Ends: never by itself.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

namespace teecam::test {

struct WriterBooks {
  std::atomic<std::uint64_t> frames;
  std::atomic<std::uint64_t> refused;    // the ring was replaced
  std::atomic<std::uint64_t> longestNs;  // to take a slot, and to publish; processor time
  std::atomic<std::uint64_t> waits;      // times it gave up the processor by itself
};

/// Writes at full speed.
[[noreturn]] void tortureWriter(const std::string& path, WriterBooks& books);

}  // namespace teecam::test
