// Thread: request() on the control thread, the rest from any; the probe runs on the encoder's input.
// Owns: references to its encoder and the encoder's pads, a probe, a timer.
// Ends: the destructor takes the probe away; the encoder has stopped by then.
#pragma once

#include <gst/gst.h>

#include <atomic>
#include <cstdint>
#include <optional>

#include "core/gst_ptr.h"
#include "core/plan.h"
#include "core/runtime.h"

namespace teecam {

/// Decides which frames of one encoder are key frames; left to themselves its first only. A frame is asked
/// for as one right before it goes in, so that the distance is exact whatever the encoder, and can change
/// while it runs.
class KeyFrames {
 public:
  /// `encoder`: transfer none. `distance` in frames; none: the encoder is not asked for the sake of it.
  /// Throws CoreError `bad-plan` if it is no encoder, or cannot be asked that way.
  KeyFrames(GstElement* encoder, std::optional<unsigned> distance, KeyFrameBy by);
  ~KeyFrames();
  KeyFrames(const KeyFrames&) = delete;
  KeyFrames& operator=(const KeyFrames&) = delete;

  void setDistance(std::optional<unsigned> distance) { distance_ = distance.value_or(0); }
  /// Not more often than viewers need: one per 500 ms. A request that comes too early is kept until then.
  void request();
  /// The next frame: the picture changes as a whole.
  void forceNow();
  /// Frames that went into the encoder.
  std::uint64_t encoded() const { return encoded_.load(std::memory_order_relaxed); }

 private:
  static GstPadProbeReturn onInput(GstPad*, GstPadProbeInfo* info, gpointer self);
  void beforeFrame();
  void ask();

  const ObjectPtr<GstElement> encoder_;
  const KeyFrameBy by_;
  const ObjectPtr<GstPad> input_;
  const ObjectPtr<GstPad> output_;
  gulong probe_ = 0;
  std::atomic<unsigned> distance_;  // 0: none
  std::atomic<bool> wanted_{true};
  std::atomic<std::uint64_t> encoded_{0};
  unsigned sinceKey_ = 0;  // the probe's
  std::atomic<std::int64_t> lastUs_{0};
  bool waiting_ = false;
  Timer timer_;
};

}  // namespace teecam
