// Thread: request() on the control thread; forceNow() from any.
// Owns: a reference to its encoder, a timer.
// Ends: with its branch.
#pragma once

#include <gst/gst.h>

#include <atomic>
#include <cstdint>

#include "core/gst_ptr.h"
#include "core/runtime.h"

namespace teecam {

/// Asks one encoder for key frames, not more often than viewers need: one per 500 ms. A request that comes
/// too early is kept until the time is over.
class KeyFrames {
 public:
  /// `encoder`: transfer none.
  explicit KeyFrames(GstElement* encoder) : encoder_(GST_ELEMENT(gst_object_ref(encoder))) {}

  void request();
  /// At once: the picture changes as a whole.
  void forceNow();

 private:
  const ObjectPtr<GstElement> encoder_;
  std::atomic<std::int64_t> lastUs_{0};
  bool waiting_ = false;
  Timer timer_;
};

}  // namespace teecam
