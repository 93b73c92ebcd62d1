#include "core/ring_words.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <climits>

namespace teecam {

void nudgeAll(const std::uint32_t& word) {
  syscall(SYS_futex, &word, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
}

void wakeAll(std::uint32_t& word) {
  __atomic_fetch_add(&word, 1, __ATOMIC_RELEASE);
  nudgeAll(word);
}

void waitOn(const std::uint32_t& word, std::uint32_t seen, std::chrono::nanoseconds limit) {
  const auto left = std::max(limit, std::chrono::nanoseconds{0}).count();
  // What SYS_futex takes: on 32-bit systems libc's timespec may be another.
  const struct {
    long seconds, nanoseconds;
  } time{static_cast<long>(left / 1'000'000'000), static_cast<long>(left % 1'000'000'000)};
  // Not the private form: the waker is another process. A read-only mapping serves.
  syscall(SYS_futex, &word, FUTEX_WAIT, seen, &time, nullptr, 0);
}

}  // namespace teecam
