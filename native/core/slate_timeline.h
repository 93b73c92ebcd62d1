// Thread: any (lock_).
// Owns: the recent switches between live and slate.
// Ends: with its last user; gate and ring sinks share it.
#pragma once

#include <cstdint>
#include <deque>
#include <mutex>

namespace teecam {

/// Which captures are the slate's. The gate writes a switch before it pushes the first frame after it; ring
/// sinks ask with the frame's capture time. Buffer flags and metas would not do: encoders drop them.
class SlateTimeline {
 public:
  /// From this capture time on (CLOCK_MONOTONIC ns, rising) frames are the slate's, or live.
  void append(std::int64_t captureNs, bool slate);
  bool isSlate(std::int64_t captureNs) const;

 private:
  struct Switch {
    std::int64_t captureNs;
    bool slate;
  };
  mutable std::mutex lock_;
  std::deque<Switch> switches_;  // guarded by lock_; the newest 64: frames are seconds old at most
};

}  // namespace teecam
