#include "core/stage.h"

#include <gst/base/gstbasesink.h>

#include <utility>

#include "core/error.h"
#include "core/source_fault.h"

namespace teecam {

namespace {

void setValve(GstElement* valve, bool open) {
  g_object_set(valve, "drop", static_cast<gboolean>(!open), nullptr);
}

}  // namespace

Stage::Stage(const StagePlan& plan, const CameraClock& clock, std::shared_ptr<const SlateTimeline> timeline,
             Events events)
    : inlet_(plan.inlet), events_(std::move(events)), pipeline_("stage", plan.graph) {
  if (!GST_IS_APP_SRC(pipeline_.element(plan.inlet))) {
    throw CoreError("bad-plan", "the inlet '" + plan.inlet + "' is no appsrc");
  }
  pipeline_.useTime(clock.clock(), clock.baseTime());
  prepareSinks();
  for (const auto& entry : plan.branches) {
    for (const auto& valve : entry.valves) {
      pipeline_.setProperty(valve, "drop", "true");
      valveUsers_[valve] = 0;
    }
    branches_.push_back(
        std::make_unique<Branch>(entry, pipeline_, timeline,
                                 [this](const BranchPlan& branch, bool open) { setValves(branch, open); }));
  }
  pipeline_.watch([this](GstMessage* message) {
    if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR) events_.onError(classifyFault(message, true).detail);
  });
}

Stage::~Stage() {
  pipeline_.unwatch();
  gst_element_set_state(pipeline_.get(), GST_STATE_NULL);  // before the branches, whose counters it uses
}

void Stage::start() {
  if (gst_element_set_state(pipeline_.get(), GST_STATE_PLAYING) == GST_STATE_CHANGE_FAILURE) {
    const MessagePtr error = pipeline_.popError();
    const bool ring = error != nullptr && GST_IS_BASE_SINK(GST_MESSAGE_SRC(error.get()));
    throw CoreError(ring ? "ring-unusable" : "bad-plan",
                    error != nullptr ? classifyFault(error.get(), false).detail : "the stage does not start");
  }
  for (const auto& branch : branches_) branch->begin(source_);
}

GstAppSrc* Stage::inlet() const {
  return GST_APP_SRC(pipeline_.element(inlet_));
}

void Stage::setReaders(std::size_t branch, unsigned readers, bool opened) {
  branches_.at(branch)->setReaders(readers, opened, source_);
}

void Stage::showSource(const StageSource& source) {
  source_ = source;
  for (const auto& branch : branches_) branch->showSource(source_);
}

bool Stage::requestKeyFrame(const std::string& stream) {
  for (const auto& branch : branches_) {
    if (branch->plan().stream != stream) continue;
    branch->requestKeyFrame();
    return true;
  }
  return false;
}

void Stage::forceKeyFrames() {
  for (const auto& branch : branches_) branch->forceKeyFrame();
}

/// A sink that waited for its first frame would hold up the whole stage while its branch is closed; one that
/// kept its last would hold a slot of its ring.
void Stage::prepareSinks() {
  GstIterator* elements = gst_bin_iterate_sinks(GST_BIN(pipeline_.get()));
  const auto prepare = [](const GValue* item, gpointer) {
    auto* element = static_cast<GstElement*>(g_value_get_object(item));
    if (!GST_IS_BASE_SINK(element)) return;
    g_object_set(element, "async", FALSE, "sync", FALSE, "enable-last-sample", FALSE, nullptr);
  };
  while (gst_iterator_foreach(elements, prepare, nullptr) == GST_ITERATOR_RESYNC)
    gst_iterator_resync(elements);
  gst_iterator_free(elements);
}

void Stage::setValves(const BranchPlan& branch, bool open) {
  for (const auto& id : branch.valves) {
    unsigned& users = valveUsers_.at(id);
    users += open ? 1U : -1U;
    setValve(pipeline_.element(id), users > 0);
  }
  openBranches_ += open ? 1U : -1U;
  if (openBranches_ == (open ? 1U : 0U)) events_.onNeeded(open);
}

}  // namespace teecam
