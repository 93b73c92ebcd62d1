// Thread: the owner's.
// Owns: how far apart a source's frames have been.
// Ends: with its owner.
#pragma once

#include <gst/gst.h>

#include <algorithm>
#include <optional>

namespace teecam {

/// How long a source may be silent before its frames are missed. A camera that gives far fewer frames than it
/// promised would otherwise change with the slate at each of them.
class FramePace {
 public:
  /// `least`: for a source that keeps its promised rate.
  explicit FramePace(GstClockTime least) : least_(least) {}

  /// Another source begins.
  void reset() {
    distance_ = 0;
    last_.reset();
  }

  /// What its caps promise, 0/1: nothing.
  void expect(int num, int den) {
    if (distance_ == 0 && num > 0) distance_ = gst_util_uint64_scale_int(GST_SECOND, den, num);
  }

  void arrived(GstClockTime now) {
    if (last_) {
      const GstClockTime gap = now - *last_;
      // A quarter of what is new: a single pause is forgotten within ten frames, and one that is followed by
      // others of its kind counts from the second on.
      distance_ = distance_ == 0 ? gap : distance_ - distance_ / kPart + gap / kPart;
    }
    last_ = now;
  }

  GstClockTime patience() const { return std::max(least_, std::min(kFrames * distance_, kMost)); }

 private:
  static constexpr GstClockTime kPart = 4;
  static constexpr GstClockTime kFrames = 5;
  static constexpr GstClockTime kMost = 5 * GST_SECOND;

  const GstClockTime least_;
  GstClockTime distance_ = 0;  // 0: not known
  std::optional<GstClockTime> last_;
};

}  // namespace teecam
