#include "core/key_frame_wait.h"

#include <linux/v4l2-controls.h>
#include <linux/videodev2.h>

#include <algorithm>
#include <thread>

#include "core/error.h"
#include "core/v4l2_node.h"

namespace teecam {

namespace {

/// As long as the appliance waits for a source that falters.
constexpr GstClockTime kPatience = 5 * GST_SECOND;
/// Each costs the camera a large frame.
constexpr GstClockTime kRequestInterval = GST_SECOND;

bool makesKeyFrame(const std::string& device) {
  try {
    v4l2_control control{V4L2_CID_MPEG_VIDEO_FORCE_KEY_FRAME, 1};
    return V4l2Node(device).failureOf(VIDIOC_S_CTRL, control) == 0;
  } catch (const CoreError&) {
    return false;  // what is wrong with it shows where it is read
  }
}

}  // namespace

bool KeyFrameWait::look(const Flow& source, GstClockTime now) {
  const std::uint64_t arrived = arrivedIn(source);
  if (arrived <= std::exchange(arrived_, arrived)) return false;
  lastArrival_ = now;
  return true;
}

bool KeyFrameWait::isOver(GstClockTime now) const {
  return now > lastArrival_ + kPatience;
}

bool KeyFrameWait::isDue(GstClockTime now, bool wanted) {
  wanted_ = wanted_ || wanted;
  if (!wanted_ || now < lastRequest_ + kRequestInterval) return false;
  wanted_ = false;
  lastRequest_ = now;
  return true;
}

void KeyFrameWait::askDevice() {
  if (!device_ || asked_->exchange(true)) return;
  std::thread([device = *device_, asked = asked_] {
    if (makesKeyFrame(device)) asked->store(false);
  }).detach();
}

/// Parsers keep to themselves what comes before the first parameter sets, so the outlet alone does not tell.
std::uint64_t KeyFrameWait::arrivedIn(const Flow& source) {
  std::uint64_t most = 0;
  for (const auto& [node, seen] : source) most = std::max(most, seen.entered);
  return most;
}

}  // namespace teecam
