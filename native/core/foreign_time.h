// Thread: one at a time. Owns: plain values. Ends: with its scope.
#pragma once

#include <gst/gst.h>

#include <algorithm>
#include <cstdlib>
#include <optional>

namespace teecam {

/// Brings timestamps of another machine's clock to ours: their distances stay, no one is later than its
/// frame's arrival, and they do not drift away. rtspsrc does not: over TCP it looks at its clock for the
/// first packet alone (GStreamer 1.22), so that a server that begins with a frame of the past puts all others
/// into the future. The least delay of the last ten to twenty seconds is taken for the way from there to
/// here.
class ForeignTime {
 public:
  GstClockTime toOurs(GstClockTime pts, GstClockTime arrival) {
    const auto delay = static_cast<GstClockTimeDiff>(arrival) - static_cast<GstClockTimeDiff>(pts);
    if (!least_ || std::abs(delay - *least_) > kJump) {
      least_ = leastBefore_ = delay;
      windowEnd_ = arrival + kWindow;
    } else if (arrival >= windowEnd_) {
      leastBefore_ = *least_;
      least_ = delay;
      windowEnd_ = arrival + kWindow;
    } else {
      least_ = std::min(*least_, delay);
    }
    const GstClockTimeDiff ours = static_cast<GstClockTimeDiff>(pts) + std::min(*least_, leastBefore_);
    return static_cast<GstClockTime>(std::max<GstClockTimeDiff>(ours, 0));
  }

 private:
  /// Not a delay any more: the server's clock was set, or it has begun anew.
  static constexpr GstClockTimeDiff kJump = GST_SECOND;
  static constexpr GstClockTime kWindow = 10 * GST_SECOND;

  std::optional<GstClockTimeDiff> least_;  // of this window
  GstClockTimeDiff leastBefore_ = 0;       // of the one before
  GstClockTime windowEnd_ = 0;
};

}  // namespace teecam
