#include "core/key_frames.h"

#include <gst/video/video.h>

namespace teecam {

namespace {
constexpr std::int64_t kIntervalUs = 500'000;
}

void KeyFrames::request() {
  if (waiting_) return;
  const std::int64_t rest = lastUs_.load() + kIntervalUs - g_get_monotonic_time();
  if (rest <= 0) return forceNow();
  waiting_ = true;
  timer_ = Timer::once(static_cast<unsigned>(rest / 1000 + 1), [this] {
    waiting_ = false;
    forceNow();
  });
}

void KeyFrames::forceNow() {
  lastUs_ = g_get_monotonic_time();
  // sent to the pad itself, not through the parser behind it: no streaming thread's lock is touched
  ObjectPtr<GstPad> pad(gst_element_get_static_pad(encoder_.get(), "src"));
  if (pad == nullptr) return;
  gst_pad_send_event(pad.get(), gst_video_event_new_upstream_force_key_unit(GST_CLOCK_TIME_NONE, TRUE, 0));
}

}  // namespace teecam
