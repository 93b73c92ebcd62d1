// Thread: any. A thread of its own serves the clients, another one reads the ring while there are some.
// Owns: those threads, the socket, the area, and while clients are connected a reader of the ring: that is
// what opens the branch. Ends: the destructor, which waits for both threads, some milliseconds at most.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "core/ring_reader.h"
#include "core/shm_clients.h"
#include "core/shm_socket.h"

namespace teecam {

struct ShmOutputOptions {
  std::string socket;
  std::string ring;
  std::string format;  // GStreamer's name of a raw format; empty: encoded
  std::uint64_t areaSize = 0;
  mode_t mode = 0640;
};

struct ShmOutputStats {
  std::size_t clients = 0;
  std::uint64_t frames = 0;
  std::uint64_t dropped = 0;    // for one client or several
  std::uint64_t dismissed = 0;  // clients that held the oldest frame when there was no more room
};

/// A stream for GStreamer's shmsrc. Not made of shmsink, which waits for a client that does not acknowledge,
/// and all the others with it.
class ShmOutput {
 public:
  /// Throws RingError: `address-in-use`, `no-space`, `not-found`, `no-permission`, `failed`.
  explicit ShmOutput(ShmOutputOptions options);
  ~ShmOutput();
  ShmOutput(const ShmOutput&) = delete;
  ShmOutput& operator=(const ShmOutput&) = delete;

  ShmOutputStats stats();
  /// Each that is connected, and once each that has gone since.
  std::vector<ShmClientStats> clients();
  /// False: there is none such.
  bool end(unsigned client);
  /// For a process that must end at once.
  void removeNames() const;

 private:
  void serve();
  bool accept();
  void feed();
  bool waitForClients();
  void readWhileWatched();
  void offer(const RingFrame& frame);

  const ShmOutputOptions options_;
  const ShmSocket socket_;
  UniqueFd stop_;

  std::atomic<bool> stopping_{false};
  std::mutex lock_;
  std::condition_variable changed_;
  ShmClients clients_;                  // guarded by lock_
  std::unique_ptr<RingReader> reader_;  // changed by the feeding thread, guarded by lock_ for the others
  std::uint64_t frames_ = 0;            // guarded by lock_

  std::thread serving_, feeding_;
};

}  // namespace teecam
