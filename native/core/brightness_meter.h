// Thread: newest() from any; the probe runs on the pad's streaming thread.
// Owns: references to its pad and the timeline, a probe.
// Ends: the destructor takes the probe away; nothing passes the pad by then.
#pragma once

#include <gst/gst.h>

#include <atomic>
#include <memory>
#include <optional>

#include "core/gst_ptr.h"
#include "core/slate_timeline.h"

namespace teecam {

/// How bright the camera's pictures are that go into an encoder, looked at once a second: some hundred
/// pixels.
class BrightnessMeter {
 public:
  BrightnessMeter(GstElement* encoder, std::shared_ptr<const SlateTimeline> timeline);
  ~BrightnessMeter();
  BrightnessMeter(const BrightnessMeter&) = delete;
  BrightnessMeter& operator=(const BrightnessMeter&) = delete;

  /// Mean of the picture from 0, black, to 1. Nothing while there is the slate, and of pictures that are not
  /// in the processor's memory or not of 8 bits.
  std::optional<double> newest() const;

 private:
  static GstPadProbeReturn onFrame(GstPad* pad, GstPadProbeInfo* info, gpointer self);
  void look(GstBuffer* frame);

  const ObjectPtr<GstPad> input_;
  const std::shared_ptr<const SlateTimeline> timeline_;
  gulong probe_ = 0;
  GstClockTime nextPts_ = 0;          // the probe's
  std::atomic<double> newest_{-1.0};  // below 0: nothing
};

}  // namespace teecam
