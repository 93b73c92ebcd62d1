#include "core/key_frames.h"

#include <gst/video/video.h>

#include <stdexcept>
#include <utility>

#include "core/error.h"
#include "core/property.h"

namespace teecam {

namespace {
constexpr std::int64_t kIntervalUs = 500'000;

/// An action signal that takes nothing.
bool hasAction(GstElement* element, const std::string& name) {
  const guint id = g_signal_lookup(name.c_str(), G_OBJECT_TYPE(element));
  if (id == 0) return false;
  GSignalQuery query;
  g_signal_query(id, &query);
  return (query.signal_flags & G_SIGNAL_ACTION) != 0 && query.n_params == 0;
}

}  // namespace

KeyFrames::KeyFrames(GstElement* encoder, std::optional<unsigned> distance, KeyFrameBy by)
    : encoder_(GST_ELEMENT(gst_object_ref(encoder))),
      by_(std::move(by)),
      input_(gst_element_get_static_pad(encoder, "sink")),
      output_(gst_element_get_static_pad(encoder, "src")),
      distance_(distance.value_or(0)) {
  if (input_ == nullptr || output_ == nullptr) {
    throw CoreError("bad-plan", "'" + std::string(GST_OBJECT_NAME(encoder)) + "' is no encoder");
  }
  const std::string type = G_OBJECT_TYPE_NAME(encoder);
  if (!by_.signal.empty() && !hasAction(encoder, by_.signal)) {
    throw CoreError("bad-plan", type + " has no action '" + by_.signal + "' that takes nothing");
  }
  if (!by_.property.empty()) {
    try {
      checkProperty(G_OBJECT(encoder), by_.property, by_.value);
    } catch (const std::invalid_argument& error) {
      throw CoreError("bad-plan", error.what());
    }
  }
  constexpr auto kinds =
      static_cast<GstPadProbeType>(GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM);
  probe_ = gst_pad_add_probe(input_.get(), kinds, onInput, this, nullptr);
}

KeyFrames::~KeyFrames() {
  gst_pad_remove_probe(input_.get(), probe_);
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
  wanted_ = true;
}

GstPadProbeReturn KeyFrames::onInput(GstPad*, GstPadProbeInfo* info, gpointer self) {
  auto* keyFrames = static_cast<KeyFrames*>(self);
  if (GST_PAD_PROBE_INFO_TYPE(info) & GST_PAD_PROBE_TYPE_BUFFER) {
    keyFrames->beforeFrame();
  } else if (GST_EVENT_TYPE(GST_PAD_PROBE_INFO_EVENT(info)) == GST_EVENT_CAPS) {
    keyFrames->wanted_ = true;  // the encoder may begin anew, and that begins with a key frame
  }
  return GST_PAD_PROBE_OK;
}

void KeyFrames::beforeFrame() {
  encoded_.fetch_add(1, std::memory_order_relaxed);
  const unsigned distance = distance_;
  const bool due = distance > 0 && sinceKey_ + 1 >= distance;
  if (!wanted_.exchange(false) && !due) {
    sinceKey_++;
    return;
  }
  sinceKey_ = 0;
  ask();
}

void KeyFrames::ask() {
  if (!by_.signal.empty()) {
    g_signal_emit_by_name(encoder_.get(), by_.signal.c_str());
  } else if (!by_.property.empty()) {
    setPropertyFromText(G_OBJECT(encoder_.get()), by_.property, by_.value);
  } else {
    // To the pad itself, not through the parser behind it: no other streaming thread's lock is touched.
    gst_pad_send_event(output_.get(),
                       gst_video_event_new_upstream_force_key_unit(GST_CLOCK_TIME_NONE, TRUE, 0));
  }
}

}  // namespace teecam
