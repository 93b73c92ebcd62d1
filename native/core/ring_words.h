// Thread: any; this is how words in a shared mapping are touched.
// Owns: nothing.
// Ends: never.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace teecam {

// Only 32 bits at a time: a 64-bit atomic load is a store on some 32-bit processors. The builtins, since
// std::atomic_ref takes no const words, and readers map read-only.
inline std::uint32_t loadAcquire(const std::uint32_t& word) {
  return __atomic_load_n(&word, __ATOMIC_ACQUIRE);
}
inline std::uint32_t loadRelaxed(const std::uint32_t& word) {
  return __atomic_load_n(&word, __ATOMIC_RELAXED);
}
inline void storeRelease(std::uint32_t& word, std::uint32_t value) {
  __atomic_store_n(&word, value, __ATOMIC_RELEASE);
}

/// Step 1 of the writer's rule: nothing written after this can be seen without seeing the odd lock. Leaves an
/// odd lock odd, as a killed writer may have left it.
inline void beginWrite(std::uint32_t& lock) {
  const std::uint32_t value = loadRelaxed(lock);
  if (value % 2 == 0) __atomic_store_n(&lock, value + 1, __ATOMIC_RELAXED);
  std::atomic_thread_fence(std::memory_order_seq_cst);
}
inline void endWrite(std::uint32_t& lock) {
  storeRelease(lock, loadRelaxed(lock) + 1);
}

/// Step 4 of the reader's rule.
inline bool unchanged(const std::uint32_t& lock, std::uint32_t seen) {
  std::atomic_thread_fence(std::memory_order_acquire);
  return loadRelaxed(lock) == seen;
}

/// Counts `word` up and wakes everybody who waits on it, in any process.
void wakeAll(std::uint32_t& word);
/// Wakes those who wait on a word of a read-only mapping, without a change.
void nudgeAll(const std::uint32_t& word);
/// Returns when `word` is not `seen`, when woken, after `limit`, or for no reason: look again.
void waitOn(const std::uint32_t& word, std::uint32_t seen, std::chrono::nanoseconds limit);

}  // namespace teecam
