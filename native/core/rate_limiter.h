// Thread: one streaming thread.
// Owns: the time at which the next frame is due.
// Ends: with its element.
#pragma once

#include <cstdint>
#include <optional>

namespace teecam {

/// Which frames pass so that a rate is never exceeded. videorate will not do: after a gap (a closed valve, a
/// source that stopped, a slate at a lower rate) it lets every frame through for as long as the gap lasted,
/// because it owes the frames of the gap. This rule owes nothing: a frame later than its turn moves the turns
/// after it.
class RateLimiter {
 public:
  /// `periodNs`: distance of frames at the limit, 0: no limit. `earlyNs`: by how much a frame may come before
  /// its turn and still pass; it does not bring the next turn forward, so the rate holds over any longer
  /// time.
  void configure(std::uint64_t periodNs, std::uint64_t earlyNs) {
    periodNs_ = periodNs;
    earlyNs_ = earlyNs;
    reset();
  }

  /// Timestamps begin anew: the next frame passes.
  void reset() { dueNs_.reset(); }

  bool admit(std::uint64_t ptsNs) {
    if (periodNs_ == 0) return true;
    // Further ahead than a turn is ever set: the timestamps stepped back without a new segment. Waiting for
    // the old turn would stop the stream for as long as the step.
    if (dueNs_ && *dueNs_ > ptsNs + 2 * periodNs_) reset();
    if (dueNs_ && ptsNs + earlyNs_ < *dueNs_) return false;
    const bool late = !dueNs_ || ptsNs > *dueNs_ + periodNs_;
    dueNs_ = (late ? ptsNs : *dueNs_) + periodNs_;
    return true;
  }

 private:
  std::uint64_t periodNs_ = 0;
  std::uint64_t earlyNs_ = 0;
  std::optional<std::uint64_t> dueNs_;
};

}  // namespace teecam
