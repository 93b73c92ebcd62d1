#include "core/gate.h"

#include <pthread.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "core/frame_check.h"

namespace teecam {

namespace {

/// Key-frame intervals count frames, and the slate has few of them: a joining viewer waits no longer than
/// this.
constexpr GstClockTime kSlateKeyInterval = 2 * GST_SECOND;
/// Opening a device or a file takes longer than a pause between two frames may.
constexpr GstClockTime kFirstFrameTime = 5 * GST_SECOND;
/// Measured with a V4L2 driver: up to 0.9 s from the reader to the first frame. A picture is waited for 5 s,
/// and is to be the camera's.
constexpr GstClockTime kWakeTime = 3 * GST_SECOND;
constexpr GstClockTime kFutureAllowed = GST_SECOND;

SlatePicture pictureOf(const GatePlan& plan) {
  if (!plan.slateFile) return SlatePicture::darkGrey(plan.width, plan.height);
  return SlatePicture::fromFile(*plan.slateFile, plan.width, plan.height);
}

CapsPtr firstSlateCaps(const GatePlan& plan) {
  if (plan.media != Media::kRaw) return encodedCaps(plan, {});
  return slateCaps(plan.width, plan.height, plan.framerate, nullptr);
}

/// Measured: with these, and max-buffers of 1 from the plan, a slow stage costs frames, never latency, and
/// the source never waits.
void configureInlet(GstElement* inlet) {
  g_object_set(inlet, "is-live", TRUE, "format", GST_FORMAT_TIME, "min-latency", G_GINT64_CONSTANT(0),
               "max-bytes", G_GUINT64_CONSTANT(0), "leaky-type", GST_APP_LEAKY_TYPE_DOWNSTREAM, "block",
               FALSE, "do-timestamp", FALSE, "emit-signals", FALSE, nullptr);
}

GstPadProbeReturn countBuffer(GstPad*, GstPadProbeInfo*, gpointer counter) {
  static_cast<std::atomic<std::uint64_t>*>(counter)->fetch_add(1, std::memory_order_relaxed);
  return GST_PAD_PROBE_OK;
}

}  // namespace

Gate::Gate(GstAppSrc* inlet, const CameraClock& clock, const GatePlan& plan,
           std::shared_ptr<SlateTimeline> timeline, Events events)
    : inlet_(GST_ELEMENT(gst_object_ref(inlet))),
      clock_(clock),
      plan_(plan),
      stall_(plan.stallMs * GST_MSECOND),
      slatePeriod_(gst_util_uint64_scale_int(GST_SECOND, plan.slateFramerate.den, plan.slateFramerate.num)),
      timeline_(std::move(timeline)),
      events_(std::move(events)),
      slate_(pictureOf(plan), plan),
      pace_(stall_),
      slateCaps_(firstSlateCaps(plan)) {
  configureInlet(inlet_.get());
  ObjectPtr<GstPad> pad(gst_element_get_static_pad(inlet_.get(), "src"));
  probe_ = gst_pad_add_probe(pad.get(), GST_PAD_PROBE_TYPE_BUFFER, countBuffer, &passed_, nullptr);
}

Gate::~Gate() {
  stop();
  ObjectPtr<GstPad> pad(gst_element_get_static_pad(inlet_.get(), "src"));
  gst_pad_remove_probe(pad.get(), probe_);
}

void Gate::start() {
  std::lock_guard guard(lock_);
  running_ = true;
  timeline_->append(static_cast<std::int64_t>(clock_.now()), true);
  thread_ = std::thread([this] { run(); });
}

void Gate::stop() {
  {
    std::lock_guard guard(lock_);
    running_ = false;
    generation_ = 0;
    wake_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

std::uint64_t Gate::openSource() {
  std::lock_guard guard(lock_);
  if (live_) enterSlate();
  generation_ = ++generations_;
  firstFrameDue_ = clock_.runningTime() + std::max(stall_, kFirstFrameTime);
  pace_.reset();
  broken_ = false;
  sourceCaps_.reset();
  wake_.notify_all();
  return generation_;
}

void Gate::closeSource(std::uint64_t generation) {
  std::lock_guard guard(lock_);
  if (generation == 0 || generation != generation_) return;
  generation_ = 0;
  firstFrameDue_.reset();
  if (live_) return enterSlate();
  // one that was to wake the camera has failed
  nextSlate_ = std::min(nextSlate_, clock_.runningTime() + slatePeriod_);
  wake_.notify_all();
}

void Gate::sleep() {
  std::lock_guard guard(lock_);
  generation_ = 0;
  firstFrameDue_.reset();
  if (live_) leaveLive();
  nextSlate_ = GST_CLOCK_TIME_NONE;
}

void Gate::wake() {
  std::lock_guard guard(lock_);
  if (nextSlate_ != GST_CLOCK_TIME_NONE) return;
  nextSlate_ = clock_.runningTime() + std::max(stall_, kWakeTime);
  wake_.notify_all();
}

void Gate::pushLive(std::uint64_t generation, BufferPtr buffer, GstCaps* caps) {
  std::lock_guard guard(lock_);
  if (!running_ || generation != generation_) return;
  stats_.captured++;
  if (!isDecodable(buffer.get())) return;
  firstFrameDue_.reset();
  lastArrival_ = clock_.runningTime();
  pace_.arrived(lastArrival_);
  takeLiveCaps(generation, caps);

  // a stamp from the future would hold all later ones to itself
  const bool stamped =
      GST_BUFFER_PTS_IS_VALID(buffer.get()) && GST_BUFFER_PTS(buffer.get()) <= lastArrival_ + kFutureAllowed;
  const GstClockTime pts = inOrder(stamped ? GST_BUFFER_PTS(buffer.get()) : lastArrival_);
  if (!live_) enterLive(pts);
  const bool dated = plan_.media != Media::kRaw && GST_BUFFER_DTS_IS_VALID(buffer.get());
  if (pts != GST_BUFFER_PTS(buffer.get()) || discont_ || dated) {
    buffer.reset(gst_buffer_make_writable(buffer.release()));
    GST_BUFFER_PTS(buffer.get()) = pts;
    GST_BUFFER_DTS(buffer.get()) = GST_CLOCK_TIME_NONE;
  }
  push(std::move(buffer), liveCaps_.get());
}

void Gate::setSlate(const std::string& file) {
  SlateFrames frames(SlatePicture::fromFile(file, plan_.width, plan_.height), plan_);
  std::lock_guard guard(lock_);
  slate_ = std::move(frames);
  const GstClockTime now = clock_.runningTime();
  const bool shown = !live_ && nextSlate_ <= now + slatePeriod_;  // else it sleeps, or wakes
  if (shown) nextSlate_ = now;
  wake_.notify_all();
}

GateStats Gate::stats() const {
  std::lock_guard guard(lock_);
  GateStats stats = stats_;
  const std::uint64_t gone = passed_.load(std::memory_order_relaxed) +
                             gst_app_src_get_current_level_buffers(GST_APP_SRC(inlet_.get()));
  stats.dropped = pushed_ > gone ? pushed_ - gone : 0;
  return stats;
}

void Gate::run() {
  pthread_setname_np(pthread_self(), "teecam-gate");
  std::unique_lock lock(lock_);
  while (running_) {
    const GstClockTime now = clock_.runningTime();
    GstClockTime due = 0;
    if (live_) {
      due = lastArrival_ + pace_.patience();
      if (now >= due) {
        enterSlate();
        events_.onStalled(generation_, broken_);
        continue;
      }
    } else {
      if (firstFrameDue_ && now >= *firstFrameDue_) {
        firstFrameDue_.reset();
        events_.onStalled(generation_, broken_);
      }
      if (now >= nextSlate_) {
        pushSlate();
        nextSlate_ = std::max(nextSlate_ + slatePeriod_, now);
      }
      due = std::min(nextSlate_, firstFrameDue_.value_or(nextSlate_));
    }
    if (due == GST_CLOCK_TIME_NONE) {
      wake_.wait(lock);
      continue;
    }
    wake_.wait_for(lock, std::chrono::nanoseconds(due > now ? due - now : 0));
  }
}

/// A frame that is left out leaves those behind it without what they refer to.
bool Gate::isDecodable(GstBuffer* buffer) {
  const bool whole = isWhole(buffer, plan_.media);
  broken_ = !whole;
  if (whole && (live_ || isKey(buffer, plan_.media))) return true;
  stats_.undecodable++;
  if (live_ && comesInGroups(plan_.media)) discont_ = true;
  return false;
}

void Gate::takeLiveCaps(std::uint64_t generation, GstCaps* caps) {
  if (sourceCaps_ != nullptr && (sourceCaps_.get() == caps || gst_caps_is_equal(sourceCaps_.get(), caps)))
    return;
  sourceCaps_.reset(gst_caps_ref(caps));
  inletCaps_ = nullptr;
  const SourceFormatInfo format = describeCaps(caps);
  if (plan_.media == Media::kRaw) {
    liveCaps_ = withFramerate(caps, plan_.framerate);
    slateCaps_ = slateCaps(plan_.width, plan_.height, plan_.framerate, liveCaps_.get());
  } else {
    liveCaps_ = encodedCaps(plan_, format);
    slateCaps_ = encodedCaps(plan_, {format.caps, plan_.width, plan_.height, format.framerate});
  }
  pace_.expect(format.framerate.num, format.framerate.den);
  events_.onFormat(generation, format);
}

void Gate::enterLive(GstClockTime pts) {
  live_ = true;
  discont_ = true;
  timeline_->append(static_cast<std::int64_t>(clock_.baseTime() + pts), false);
  events_.forceKeyFrames();
  events_.onLive(generation_);
}

void Gate::leaveLive() {
  live_ = false;
  discont_ = true;
  // pushSlate stamps its frame no earlier than this
  const GstClockTime from = std::max(clock_.runningTime(), lastPts_ + 1);
  timeline_->append(static_cast<std::int64_t>(clock_.baseTime() + from), true);
}

void Gate::enterSlate() {
  leaveLive();
  pushSlate();
  nextSlate_ = clock_.runningTime() + slatePeriod_;
  wake_.notify_all();
}

void Gate::pushSlate() {
  const GstClockTime now = clock_.runningTime();
  if (discont_ || now + slatePeriod_ > lastKey_ + kSlateKeyInterval) {
    events_.forceKeyFrames();
    lastKey_ = now;
  }
  // Raw pictures are converted when they are shown, not on the source's thread: some milliseconds, once.
  BufferPtr buffer = slate_.next(slateCaps_.get());
  GST_BUFFER_PTS(buffer.get()) = inOrder(now);
  stats_.slates++;
  push(std::move(buffer), slateCaps_.get());
}

void Gate::push(BufferPtr buffer, const GstCaps* caps) {
  if (inletCaps_ != caps) {
    gst_app_src_set_caps(GST_APP_SRC(inlet_.get()), caps);
    inletCaps_ = caps;
  }
  if (std::exchange(discont_, false)) GST_BUFFER_FLAG_SET(buffer.get(), GST_BUFFER_FLAG_DISCONT);
  lastPts_ = GST_BUFFER_PTS(buffer.get());
  pushed_++;
  gst_app_src_push_buffer(GST_APP_SRC(inlet_.get()), buffer.release());
}

GstClockTime Gate::inOrder(GstClockTime pts) {
  if (!GST_CLOCK_TIME_IS_VALID(lastPts_) || pts > lastPts_) return pts;
  stats_.clamped++;
  return lastPts_ + 1;
}

}  // namespace teecam
