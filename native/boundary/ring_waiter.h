// Thread: JavaScript's; the one it starts waits on the ring and wakes the event loop.
// Owns: that thread, and the thread-safe function it wakes through.
// Ends: stop(), the destructor, or the end of the environment: the thread has ended when they return.
#pragma once

#include <napi.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

#include "core/ring_reader.h"

namespace teecam::boundary {

/// A mailbox with one wake in flight: `onWake` runs once on the event loop for all that happened until
/// rearm(). One call for each frame would starve the loop as soon as the handler is slower than the frames.
/// Keeps the loop alive, as a socket does.
class RingWaiter {
 public:
  RingWaiter(Napi::Env env, std::shared_ptr<RingReader> reader, const Napi::Function& onWake);
  ~RingWaiter();
  RingWaiter(const RingWaiter&) = delete;
  RingWaiter& operator=(const RingWaiter&) = delete;

  void rearm();
  void stop();

 private:
  void run();

  const Napi::Env env_;
  const std::shared_ptr<RingReader> reader_;
  napi_threadsafe_function wake_ = nullptr;
  std::mutex lock_;
  std::condition_variable changed_;
  bool armed_ = true;      // guarded by lock_
  bool stopping_ = false;  // guarded by lock_
  std::thread thread_;
};

}  // namespace teecam::boundary
