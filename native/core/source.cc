#include "core/source.h"

#include <gst/app/gstappsink.h>
#include <gst/video/video.h>

#include <atomic>
#include <utility>

#include "core/capture_device.h"
#include "core/device_mappings.h"
#include "core/error.h"
#include "core/foreign_time.h"
#include "core/runtime.h"

namespace teecam {

namespace {

void configureOutlet(GstElement* outlet, bool paced) {
  g_object_set(outlet, "sync", static_cast<gboolean>(paced), "max-buffers", 2U, "drop", TRUE,
               "enable-last-sample", FALSE, "emit-signals", FALSE, nullptr);
}

}  // namespace

/// What the streaming thread works with; the outlet's callbacks keep it alive.
struct Source::Delivery {
  std::weak_ptr<Source> source;
  std::shared_ptr<Gate> gate;
  std::uint64_t generation = 0;
  GstClockTime cameraBaseTime = 0;
  std::optional<CameraClock> clock;  // set where the frames are stamped by another machine's clock
  ForeignTime foreignTime;           // the streaming thread's
  std::atomic<GstClockTime> baseTime{0};
  std::atomic<std::uint64_t> frames{0};
  std::atomic<GstClockTime> end{0};
  std::atomic<bool> released{false};

  void notify(std::function<void()> Events::*event) const {
    Runtime::get().post([weak = source, event] {
      auto alive = weak.lock();
      if (alive && !alive->over_ && alive->events_.*event) (alive->events_.*event)();
    });
  }

  void deliver(SamplePtr sample) {
    GstBuffer* original = gst_sample_get_buffer(sample.get());
    const CapsPtr caps(gst_caps_ref(gst_sample_get_caps(sample.get())));
    const auto running = gst_segment_to_running_time(gst_sample_get_segment(sample.get()), GST_FORMAT_TIME,
                                                     GST_BUFFER_PTS(original));
    BufferPtr buffer(gst_buffer_ref(original));
    sample.reset();  // the buffer stays writable without a copy

    if (GST_CLOCK_TIME_IS_VALID(running)) {
      const GstClockTime length =
          GST_BUFFER_DURATION_IS_VALID(buffer.get()) ? GST_BUFFER_DURATION(buffer.get()) : 0;
      end.store(running + length, std::memory_order_relaxed);
      GstClockTime pts = running + baseTime.load(std::memory_order_relaxed) - cameraBaseTime;
      if (clock) pts = foreignTime.toOurs(pts, clock->runningTime());
      if (pts != GST_BUFFER_PTS(buffer.get())) {
        buffer.reset(gst_buffer_make_writable(buffer.release()));
        GST_BUFFER_PTS(buffer.get()) = pts;
      }
    }
    gate->pushLive(generation, std::move(buffer), caps.get());
    if (frames.fetch_add(1, std::memory_order_relaxed) == 0) notify(&Events::onFirstFrame);
  }

  static GstFlowReturn onSample(GstAppSink* outlet, gpointer data) {
    auto& delivery = **static_cast<std::shared_ptr<Delivery>*>(data);
    SamplePtr sample(gst_app_sink_pull_sample(outlet));
    if (sample != nullptr && !delivery.released.load()) delivery.deliver(std::move(sample));
    return GST_FLOW_OK;
  }

  static GstFlowReturn onPreroll(GstAppSink* outlet, gpointer data) {
    auto& delivery = **static_cast<std::shared_ptr<Delivery>*>(data);
    SamplePtr(gst_app_sink_pull_preroll(outlet));  // it comes once more when playing
    delivery.notify(&Events::onPrerolled);
    return GST_FLOW_OK;
  }
};

std::shared_ptr<Source> Source::make(const SourcePlan& plan, const std::optional<std::string>& item,
                                     const CameraClock& clock) {
  auto pipeline = std::make_unique<Pipeline>("source", plan.graph);
  GstElement* outlet = pipeline->element(plan.outlet);
  if (!GST_IS_APP_SINK(outlet)) throw CoreError("bad-plan", "the outlet '" + plan.outlet + "' is no appsink");
  if (item) pipeline->setProperty(plan.playlist->node, plan.playlist->property, *item);
  return std::shared_ptr<Source>(new Source(std::move(pipeline), outlet, clock, plan));
}

Source::Source(std::unique_ptr<Pipeline> pipeline, GstElement* outlet, const CameraClock& clock,
               const SourcePlan& plan)
    : claim_(claimOf(plan)),
      clock_(clock),
      trust_(plan.certificate),
      pipeline_(pipeline.get()),
      outlet_(outlet),
      delivery_(std::make_shared<Delivery>()),
      baseTime_(clock.baseTime()) {
  configureOutlet(outlet_, plan.playlist.has_value());
  trust_.applyTo(GST_BIN(pipeline_->get()));
  if (plan.foreignClock) delivery_->clock.emplace(clock);
  states_ = std::make_unique<StateThread>(std::move(pipeline), [delivery = delivery_] {
    auto alive = delivery->source.lock();
    if (alive) alive->onRefused();
  });
}

Source::~Source() {
  if (!delivery_->released) release({});
}

void Source::connect(std::shared_ptr<Gate> gate, std::uint64_t generation, Events events) {
  events_ = std::move(events);
  delivery_->source = weak_from_this();
  delivery_->gate = std::move(gate);
  delivery_->generation = generation;
  delivery_->cameraBaseTime = clock_.baseTime();
  GstAppSinkCallbacks callbacks{};
  callbacks.new_sample = Delivery::onSample;
  callbacks.new_preroll = Delivery::onPreroll;
  gst_app_sink_set_callbacks(GST_APP_SINK(outlet_), &callbacks, new std::shared_ptr<Delivery>(delivery_),
                             [](gpointer data) { delete static_cast<std::shared_ptr<Delivery>*>(data); });
  pipeline_->watch([this](GstMessage* message) { onMessage(message); });
}

Flow Source::flow() const {
  return delivery_->released ? Flow{} : pipeline_->flow();
}

void Source::preroll() {
  pipeline_->useTime(clock_.clock(), baseTime_);
  states_->want(GST_STATE_PAUSED);
}

void Source::play(GstClockTime baseTime) {
  baseTime_ = baseTime;
  delivery_->baseTime = baseTime;
  pipeline_->useTime(clock_.clock(), baseTime);
  states_->want(GST_STATE_PLAYING);
}

void Source::askForKeyFrame() {
  const ObjectPtr<GstPad> outlet(gst_element_get_static_pad(outlet_, "sink"));
  gst_pad_push_event(outlet.get(), gst_video_event_new_upstream_force_key_unit(GST_CLOCK_TIME_NONE, TRUE, 0));
}

void Source::release(std::function<void()> done) {
  over_ = true;
  delivery_->released = true;
  pipeline_->unwatch();
  if (refusedNode_.empty()) return states_->down(std::move(done));
  // v4l2src leaves its buffers mapped when a driver refuses to start them (GStreamer 1.22), and with them the
  // device is busy for everybody until the process ends.
  states_->down([node = refusedNode_, then = std::move(done)] {
    unmapDevice(node);
    if (then) then();
  });
}

std::uint64_t Source::frames() const {
  return delivery_->frames.load(std::memory_order_relaxed);
}

GstClockTime Source::end() const {
  return delivery_->end.load(std::memory_order_relaxed);
}

std::optional<GstClockTime> Source::duration() const {
  gint64 length = 0;
  if (!gst_element_query_duration(pipeline_->get(), GST_FORMAT_TIME, &length) || length <= 0)
    return std::nullopt;
  return static_cast<GstClockTime>(length);
}

void Source::onMessage(GstMessage* message) {
  if (over_) return;
  switch (GST_MESSAGE_TYPE(message)) {
    case GST_MESSAGE_ERROR: {
      SourceFault fault = classifyFault(message, frames() > 0);
      if (fault.reason == "not-started") refusedNode_ = captureNode(GST_MESSAGE_SRC(message));
      fail(std::move(fault));
      break;
    }
    case GST_MESSAGE_WARNING:
      if (auto fault = classifyWarning(message)) fail(std::move(*fault));
      break;
    case GST_MESSAGE_EOS:
      over_ = true;
      events_.onEnd();
      break;
    default:
      break;
  }
}

void Source::onRefused() {
  if (over_) return;
  const MessagePtr error = pipeline_->popError();
  fail(error != nullptr ? classifyFault(error.get(), frames() > 0)
                        : SourceFault{"failed", "the source could not be started"});
}

void Source::fail(SourceFault fault) {
  over_ = true;
  events_.onFault(trust_.refusal().value_or(std::move(fault)));
}

}  // namespace teecam
