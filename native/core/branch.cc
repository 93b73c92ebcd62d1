#include "core/branch.h"

#include <string_view>
#include <utility>

#include "core/error.h"

namespace teecam {

namespace {

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

Branch::Branch(const BranchPlan& plan, const Find& find, std::shared_ptr<const SlateTimeline> timeline,
               SetOpen setOpen)
    : plan_(plan), setOpen_(std::move(setOpen)), sink_(GST_ELEMENT(gst_object_ref(find(plan.sink)))) {
  if (G_OBJECT_TYPE(sink_.get()) != ringSinkType()) {
    throw CoreError("bad-plan", "the sink '" + plan.sink + "' is no teecamringsink");
  }
  g_object_set(sink_.get(), "ring", plan.ring.c_str(), nullptr);
  ringSinkSetTimeline(sink_.get(), timeline);
  if (plan.encoder) {
    GstElement* encoder = find(*plan.encoder);
    keyFrames_ = std::make_unique<KeyFrames>(encoder, plan.gopFrames, plan.keyFrameBy);
    brightness_ = std::make_unique<BrightnessMeter>(encoder, std::move(timeline));
  }
  for (const auto& valve : plan.valves) find(valve);
  countQueueOverruns(find(plan.valves.back()));
}

Branch::~Branch() = default;

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
  } else {
    closeAfterLinger();
  }
}

void Branch::adjust(const BranchPlan& plan, const StageSource& source) {
  plan_.gopFrames = plan.gopFrames;
  plan_.always = plan.always;
  plan_.lingerMs = plan.lingerMs;
  if (keyFrames_ != nullptr) keyFrames_->setDistance(plan.gopFrames);
  linger_.cancel();
  if (plan_.always) {
    open(source);
  } else if (readers_ == 0) {
    closeAfterLinger();
  }
}

void Branch::leave() {
  linger_.cancel();
  if (open_.exchange(false)) setOpen_(plan_, false);
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
  BranchStats stats{open_,
                    openings_,
                    keyFrames_ != nullptr ? keyFrames_->encoded() : 0,
                    readers_,
                    ringSinkStats(sink_.get()),
                    std::nullopt};
  if (open_ && brightness_ != nullptr) stats.brightness = brightness_->newest();
  stats.sink.dropped += overruns_;
  stats.openings += before_.openings;
  stats.encoded += before_.encoded;
  stats.sink.published += before_.sink.published;
  stats.sink.bytes += before_.sink.bytes;
  stats.sink.keyFrames += before_.sink.keyFrames;
  stats.sink.dropped += before_.sink.dropped;
  stats.sink.copied += before_.sink.copied;
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

void Branch::closeAfterLinger() {
  if (open_) linger_ = Timer::once(plan_.lingerMs, [this] { close(); });
}

void Branch::countQueueOverruns(GstElement* head) {
  for (auto element = upstreamOf(sink_.get()); element != nullptr && element.get() != head;
       element = upstreamOf(element.get())) {
    if (isQueue(element.get()))
      g_signal_connect(element.get(), "overrun", G_CALLBACK(countOverrun), &overruns_);
  }
}

}  // namespace teecam
