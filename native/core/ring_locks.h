// Thread: any.
// Owns: nothing; a lock belongs to the open file description of `fd` and goes with its last descriptor.
// Ends: never.
#pragma once

namespace teecam {

/// What became of asking for the write lock on a byte.
enum class WriteLock {
  taken,
  /// Somebody holds the write lock.
  held,
  /// Refused because of a read lock only, which any reader can place anywhere: it proves that nobody holds
  /// the write lock (docs/ring.md, Locks).
  shadowed,
};

/// Throws RingError `failed` where the file system has no such locks.
WriteLock tryWriteLock(int fd, int byte);

/// Read lock on one of the presence bytes, chosen at random.
void takePresenceLock(int fd);

/// How many presence locks others hold. Two readers who drew the same byte count as one. The caller's own,
/// through this very `fd`, does not count.
unsigned countPresenceLocks(int fd);

}  // namespace teecam
