#include "core/ring_locks.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <random>

#include "core/ring_error.h"
#include "teecam_ring.h"

namespace teecam {

namespace {

struct flock lockOf(short type, off_t first, off_t length) {
  struct flock lock {};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  lock.l_start = first;
  lock.l_len = length;
  return lock;
}

/// A lock that stands in the way of a write lock on [first, last], or F_UNLCK.
struct flock conflict(int fd, off_t first, off_t last) {
  struct flock lock = lockOf(F_WRLCK, first, last - first + 1);
  if (fcntl(fd, F_OFD_GETLK, &lock) != 0) throw RingError::fromErrno(errno, "asking for locks");
  return lock;
}

unsigned countConflicts(int fd, off_t first, off_t last) {
  if (first > last) return 0;
  const struct flock found = conflict(fd, first, last);
  if (found.l_type == F_UNLCK) return 0;
  const off_t end = found.l_len == 0 ? last : found.l_start + found.l_len - 1;
  return 1 + countConflicts(fd, first, found.l_start - 1) + countConflicts(fd, end + 1, last);
}

}  // namespace

WriteLock tryWriteLock(int fd, int byte) {
  for (;;) {
    struct flock lock = lockOf(F_WRLCK, byte, 1);
    if (fcntl(fd, F_OFD_SETLK, &lock) == 0) return WriteLock::taken;
    if (errno == EINTR) continue;
    if (errno != EAGAIN && errno != EACCES) throw RingError::fromErrno(errno, "locking");
    const struct flock found = conflict(fd, byte, byte);
    if (found.l_type == F_WRLCK) return WriteLock::held;
    if (found.l_type == F_RDLCK) return WriteLock::shadowed;
    // Let go of between the two questions: ask again.
  }
}

void takePresenceLock(int fd) {
  // No generator of our own: forked readers would draw the same numbers from it.
  std::random_device random;
  std::uniform_int_distribution<int> byte(
      TEECAM_RING_LOCK_PRESENCE_FIRST, TEECAM_RING_LOCK_PRESENCE_FIRST + TEECAM_RING_LOCK_PRESENCE_COUNT - 1);
  // Not SETLKW: a program with write access that sat on the byte would hang every reader. Another byte
  // serves.
  for (int tries = 64;; tries--) {
    struct flock lock = lockOf(F_RDLCK, byte(random), 1);
    if (fcntl(fd, F_OFD_SETLK, &lock) == 0) return;
    const bool again = errno == EINTR || errno == EAGAIN || errno == EACCES;
    if (!again || tries == 0) throw RingError::fromErrno(errno, "taking the presence lock");
  }
}

unsigned countPresenceLocks(int fd) {
  return countConflicts(fd, TEECAM_RING_LOCK_PRESENCE_FIRST,
                        TEECAM_RING_LOCK_PRESENCE_FIRST + TEECAM_RING_LOCK_PRESENCE_COUNT - 1);
}

}  // namespace teecam
