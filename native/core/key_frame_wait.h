// Thread: the control thread.
// Owns: at most one thread at a time, which asks a device.
// Ends: at any time; a driver that hangs keeps that thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "core/clock.h"
#include "core/flow_meter.h"

namespace teecam {

/// Key frames of a source that gives H.264 or H.265: asks for them, and tells while nothing can be shown
/// whether frames come all the same.
class KeyFrameWait {
 public:
  /// `device`: the V4L2 node that it opens, if it opens one.
  explicit KeyFrameWait(std::optional<std::string> device) : device_(std::move(device)) {}

  /// What has come so far counts no more.
  void begin(const Flow& source) { arrived_ = arrivedIn(source); }
  /// To be called once a second. Whether anything came since the last time.
  bool look(const Flow& source, GstClockTime now);
  /// Nothing came for so long that nothing is to be waited for.
  bool isOver(GstClockTime now) const;
  /// Somebody needs a key frame. Whether to ask for it now: once a second, and then at the next look.
  bool isDue(GstClockTime now, bool wanted);
  /// Asks the device: one that has no such control is asked once.
  void askDevice();

 private:
  static std::uint64_t arrivedIn(const Flow& source);

  const std::optional<std::string> device_;
  std::shared_ptr<std::atomic<bool>> asked_ = std::make_shared<std::atomic<bool>>(false);
  std::uint64_t arrived_ = 0;
  GstClockTime lastArrival_ = 0;
  GstClockTime lastRequest_ = 0;
  bool wanted_ = false;
};

}  // namespace teecam
