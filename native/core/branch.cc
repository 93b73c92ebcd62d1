#include "core/branch.h"

#include <string_view>
#include <utility>

namespace teecam {

namespace {

GstPadProbeReturn countBuffer(GstPad*, GstPadProbeInfo*, gpointer counter) {
  static_cast<std::atomic<std::uint64_t>*>(counter)->fetch_add(1, std::memory_order_relaxed);
  return GST_PAD_PROBE_OK;
}

void countOverrun(GstElement*, gpointer counter) {
  static_cast<std::atomic<std::uint64_t>*>(counter)->fetch_add(1, std::memory_order_relaxed);
}

/// The element that feeds this one; null at the head of the pipeline.
ObjectPtr<GstElement> upstreamOf(GstElement* element) {
  ObjectPtr<GstPad> sink(gst_element_get_static_pad(element, "sink"));
  if (sink == nullptr) return nullptr;
  ObjectPtr<GstPad> peer(gst_pad_get_peer(sink.get()));
  return peer == nullptr ? nullptr : ObjectPtr<GstElement>(gst_pad_get_parent_element(peer.get()));
}

bool isQueue(GstElement* element) {
  return std::string_view(G_OBJECT_TYPE_NAME(element)) == "GstQueue";
}

}  // namespace

Branch::Branch(const BranchPlan& plan, const Pipeline& pipeline,
               std::shared_ptr<const SlateTimeline> timeline,
               std::function<void(const BranchPlan&, bool)> setOpen)
    : plan_(plan), setOpen_(std::move(setOpen)) {
  sink_.reset(GST_ELEMENT(gst_object_ref(pipeline.element(plan.sink))));
  pipeline.setProperty(plan.sink, "ring", plan.ring);
  ringSinkSetTimeline(sink_.get(), std::move(timeline));
  if (plan.encoder) {
    GstElement* encoder = pipeline.element(*plan.encoder);
    keyFrames_ = std::make_unique<KeyFrames>(encoder);
    encoderInput_.reset(gst_element_get_static_pad(encoder, "sink"));
    if (encoderInput_ != nullptr) {
      probe_ =
          gst_pad_add_probe(encoderInput_.get(), GST_PAD_PROBE_TYPE_BUFFER, countBuffer, &encoded_, nullptr);
    }
  }
  countQueueOverruns(pipeline);
}

Branch::~Branch() {
  if (encoderInput_ != nullptr) gst_pad_remove_probe(encoderInput_.get(), probe_);
}

void Branch::begin(const StageSource& source) {
  if (plan_.always) return open(source);
  ringSinkSetState(sink_.get(), TEECAM_RING_IDLE, "");  // a worker that was killed has left another
}

void Branch::setReaders(unsigned readers, bool opened, const StageSource& source) {
  readers_ = readers;
  if (opened) requestKeyFrame();  // a branch that opens now begins with one anyway
  if (plan_.always) return;
  if (readers > 0) {
    linger_.cancel();
    open(source);
  } else if (open_) {
    linger_ = Timer::once(plan_.lingerMs, [this] { close(); });
  }
}

void Branch::showSource(const StageSource& source) {
  if (!open_) return;
  ringSinkSetState(sink_.get(), source.live ? TEECAM_RING_LIVE : TEECAM_RING_SLATE,
                   source.live ? "" : source.reason);
}

void Branch::requestKeyFrame() {
  if (open_ && keyFrames_ != nullptr) keyFrames_->request();
}

void Branch::forceKeyFrame() {
  if (open_ && keyFrames_ != nullptr) keyFrames_->forceNow();
}

BranchStats Branch::stats() const {
  BranchStats stats{open_, openings_, encoded_, readers_, ringSinkStats(sink_.get())};
  stats.sink.dropped += overruns_;
  return stats;
}

void Branch::open(const StageSource& source) {
  if (open_.exchange(true)) return;
  if (openings_++ > 0) ringSinkMarkDiscontinuity(sink_.get());
  showSource(source);
  setOpen_(plan_, true);
  if (keyFrames_ != nullptr) keyFrames_->forceNow();
}

void Branch::close() {
  if (!open_.exchange(false)) return;
  setOpen_(plan_, false);
  ringSinkSetState(sink_.get(), TEECAM_RING_IDLE, "");
}

void Branch::countQueueOverruns(const Pipeline& pipeline) {
  GstElement* head = pipeline.element(plan_.valves.back());
  for (auto element = upstreamOf(sink_.get()); element != nullptr && element.get() != head;
       element = upstreamOf(element.get())) {
    if (isQueue(element.get()))
      g_signal_connect(element.get(), "overrun", G_CALLBACK(countOverrun), &overruns_);
  }
}

}  // namespace teecam
