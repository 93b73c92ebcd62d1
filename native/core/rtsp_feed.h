// Thread: start and stop from one thread at a time; join and joined from any (lock_).
// Owns: a thread, and while it runs a reader of the ring: that is what opens the branch.
// Ends: stop() or the destructor join the thread and let go of the ring.
#pragma once

#include <gst/app/gstappsrc.h>
#include <gst/gst.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "core/ring_reader.h"
#include "core/rtsp_mount.h"

namespace teecam {

/// Carries the frames of a ring to the media that all clients of a mount share. Every client begins at a key
/// frame: PLAY knocks for one and is held (join) until it is in hand, and the frame is held until the
/// client's transport is active (joined). Both waits are bounded, by seconds where nobody can ask for a key
/// frame, else by less; a client that misses them begins in the middle of a group.
class RtspFeed {
 public:
  /// `bin` holds the elements `source` (appsrc) and `pay0`.
  RtspFeed(std::shared_ptr<RtspMount> mount, GstElement* bin, GstClockTime baseTime);
  ~RtspFeed();
  RtspFeed(const RtspFeed&) = delete;
  RtspFeed& operator=(const RtspFeed&) = delete;

  const std::shared_ptr<RtspMount>& mount() const { return mount_; }
  void start();
  void stop();
  void join();
  void joined();
  /// Nobody plays any more.
  void hold();

 private:
  using Clock = std::chrono::steady_clock;
  enum class Phase {
    starting,  // nothing pushed yet
    priming,   // nobody plays yet; a key frame and all that followed wait in front of the network
    idle,      // nobody plays, and what waits is not the newest any more
    flowing,
  };

  void run();
  bool open();
  void close();
  void take(const RingFrame& frame);
  bool idle();
  bool fits(const RingFrame& frame);
  void meetJoiners();
  void push(const RingFrame& frame);
  void setCaps(const RingFrame& frame);
  void knock();
  void knockAgain();
  void fail(const char* why);
  Phase phase();
  static GstPadProbeReturn onPayload(GstPad*, GstPadProbeInfo* info, gpointer self);

  const std::shared_ptr<RtspMount> mount_;
  GstElement* const source_;  // owned
  const GstClockTime baseTime_;

  // Of the feed's thread only.
  std::int64_t opened_ = 0;  // frames published before are history: no use to a client that joins
  bool needsKey_ = true;     // until a key frame comes, nothing can be pushed
  GstClockTime pts_ = 0;
  std::uint32_t capsGeneration_ = 0;

  std::atomic<bool> stopping_{false};
  std::mutex lock_;
  std::condition_variable changed_;
  std::unique_ptr<RingReader> reader_;  // changed by the feed's thread, guarded by lock_ for the others
  Clock::time_point knocked_;           // guarded by lock_
  Clock::time_point lastFrame_;         // guarded by lock_
  unsigned joining_ = 0;                // guarded by lock_
  bool keyInHand_ = false;              // guarded by lock_
  Phase phase_ = Phase::starting;       // guarded by lock_

  std::thread thread_;
};

}  // namespace teecam
