#include "core/stage.h"

#include <gst/base/gstbasesink.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "core/element_group.h"
#include "core/error.h"
#include "core/property.h"
#include "core/removal.h"
#include "core/source_fault.h"

namespace teecam {

namespace {

void setValve(GstElement* valve, bool open) {
  g_object_set(valve, "drop", static_cast<gboolean>(!open), nullptr);
}

void checkSetting(GstElement* element, const PropertySetting& setting) {
  const auto& [node, property, value] = setting;
  if (element == nullptr) throw CoreError("bad-plan", "the graph has no node '" + node + "' that stays");
  try {
    checkLiveProperty(G_OBJECT(element), property, value);
  } catch (const std::invalid_argument& error) {
    throw CoreError("bad-plan", "node '" + node + "': " + error.what());
  }
}

/// Branches that go on in another ring, which waits under its draft name.
class Moves {
 public:
  ~Moves() {
    for (const auto& writer : writers_) writer->stay();
  }
  /// Throws CoreError `ring-unusable`, or `bad-plan` for null.
  void add(const Branch* branch) {
    if (branch == nullptr) throw CoreError("bad-plan", "there is no stream whose ring could be moved");
    const auto writer = ringSinkWriter(branch->sink());
    try {
      if (writer == nullptr) throw RingError("closed", branch->plan().ring + " is not open");
      writer->prepareMove();
    } catch (const RingError& error) {
      throw CoreError("ring-unusable", error.what());
    }
    writers_.push_back(writer);
  }
  void make() {
    for (const auto& writer : writers_) writer->move();
    writers_.clear();
  }

 private:
  std::vector<std::shared_ptr<RingWriter>> writers_;
};

}  // namespace

Stage::Stage(const StagePlan& plan, const CameraClock& clock, std::shared_ptr<const SlateTimeline> timeline,
             Events events)
    : clock_(clock),
      timeline_(std::move(timeline)),
      inlet_(plan.inlet),
      events_(std::move(events)),
      pipeline_("stage", plan.graph) {
  if (!GST_IS_APP_SRC(pipeline_.element(plan.inlet))) {
    throw CoreError("bad-plan", "the inlet '" + plan.inlet + "' is no appsrc");
  }
  pipeline_.useTime(clock.clock(), clock.baseTime());
  prepareSinks();
  for (const auto& entry : plan.branches) {
    const auto element = [this](const std::string& id) { return pipeline_.element(id); };
    branches_.push_back(makeBranch(entry, element));
    for (const auto& valve : entry.valves) {
      setValve(element(valve), false);
      valveUsers_[valve] = 0;
    }
  }
  pipeline_.watch([this](GstMessage* message) {
    if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR)
      events_.onError(GST_MESSAGE_SRC_NAME(message), classifyFault(message, true).detail);
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

void Stage::change(const StageChange& change) {
  // What can fail comes first.
  Removal removal(pipeline_, change.removedNodes);
  const auto staying = [&](const std::string& id) { return removal.has(id) ? nullptr : pipeline_.find(id); };
  checkNames(change, removal);
  for (const auto& setting : change.set) checkSetting(staying(setting.node), setting);
  ElementGroup group(change.nodes, change.links, staying);
  std::vector<std::unique_ptr<Branch>> added;
  for (const auto& plan : change.branches) {
    added.push_back(makeBranch(plan, [&](const std::string& id) {
      if (GstElement* found = group.find(id)) return found;
      if (GstElement* found = staying(id)) return found;
      throw CoreError("bad-plan", "the graph has no node '" + id + "'");
    }));
    for (const auto& valve : plan.valves) {
      if (GstElement* made = group.find(valve)) setValve(made, false);
    }
    const bool isDraft = std::ranges::find(change.drafts, plan.stream) != change.drafts.end();
    Branch* before = find(plan.stream);
    ringSinkSucceed(added.back()->sink(), before != nullptr ? before->sink() : nullptr, isDraft);
  }
  group.open(clock_.clock(), clock_.baseTime());
  Moves moves;
  for (const auto& stream : change.drafts) {
    const auto isIt = [&](const BranchPlan& plan) { return plan.stream == stream; };
    if (std::ranges::none_of(change.branches, isIt)) moves.add(find(stream));
  }
  removal.detach();

  moves.make();
  // A branch that another one replaces leaves no moment in which nobody reads.
  const bool wasNeeded = openBranches_ > 0;
  openBranches_++;
  const auto readers = takeOut(change.removedStreams, removal);
  for (const auto& id : change.removedNodes) valveUsers_.erase(id);
  group.join(GST_BIN(pipeline_.get()));
  for (const auto& [node, property, value] : change.set) pipeline_.setProperty(node, property, value);
  for (const auto& plan : change.adjust) find(plan.stream)->adjust(plan, source_);
  for (auto& branch : added) {
    const auto& [stream, valves, encoder, sink, ring, gop, keyFrameBy, always, linger] = branch->plan();
    for (const auto& valve : valves) valveUsers_.emplace(valve, 0);
    if (const auto before = ended_.find(stream); before != ended_.end())
      branch->continueAfter(before->second);
    ringSinkBeginSuccession(branch->sink());
    branch->begin(source_);
    if (const auto known = readers.find(stream); known != readers.end())
      branch->setReaders(known->second, false, source_);
    const std::lock_guard guard(lock_);
    branches_.push_back(std::move(branch));
  }
  const bool isNeeded = --openBranches_ > 0;
  if (isNeeded != wasNeeded) events_.onNeeded(isNeeded);
}

/// Their readers by stream: those of a branch that another one replaces are its successor's.
std::map<std::string, unsigned> Stage::takeOut(const std::vector<std::string>& streams, Removal& removal) {
  std::vector<std::unique_ptr<Branch>> gone;
  {
    const std::lock_guard guard(lock_);
    for (const auto& stream : streams) {
      const auto found = std::ranges::find_if(
          branches_, [&](const auto& branch) { return branch->plan().stream == stream; });
      gone.push_back(std::move(*found));
      branches_.erase(found);
    }
  }
  for (const auto& branch : gone) branch->leave();
  removal.stop();
  std::map<std::string, unsigned> readers;
  for (const auto& branch : gone) {
    const std::string& stream = branch->plan().stream;
    ended_[stream] = branch->stats();
    readers[stream] = ended_[stream].readers;
  }
  gone.clear();  // its probes and handlers are on elements that are still there
  removal.takeOut();
  return readers;
}

GstAppSrc* Stage::inlet() const {
  return GST_APP_SRC(pipeline_.element(inlet_));
}

void Stage::setReaders(const std::string& stream, unsigned readers, bool opened) {
  if (Branch* branch = find(stream)) branch->setReaders(readers, opened, source_);
}

void Stage::showSource(const StageSource& source) {
  source_ = source;
  for (const auto& branch : branches_) branch->showSource(source_);
}

bool Stage::requestKeyFrame(const std::string& stream) {
  Branch* branch = find(stream);
  if (branch != nullptr) branch->requestKeyFrame();
  return branch != nullptr;
}

void Stage::forceKeyFrames() {
  const std::lock_guard guard(lock_);
  for (const auto& branch : branches_) branch->forceKeyFrame();
}

/// Streams that come, go and stay are those whose elements do.
void Stage::checkNames(const StageChange& change, const Removal& removal) const {
  const auto isRemoved = [&](const std::string& stream) {
    return std::ranges::find(change.removedStreams, stream) != change.removedStreams.end();
  };
  for (const auto& stream : change.removedStreams) {
    if (find(stream) == nullptr) throw CoreError("bad-plan", "there is no stream '" + stream + "'");
  }
  for (const auto& branch : branches_) {
    const auto& [stream, valves, encoder, sink, ring, gop, keyFrameBy, always, linger] = branch->plan();
    if (removal.has(sink) != isRemoved(stream))
      throw CoreError("bad-plan", "the stream '" + stream + "' and its sink '" + sink + "' go together");
  }
  for (const auto& plan : change.branches) {
    if (find(plan.stream) != nullptr && !isRemoved(plan.stream))
      throw CoreError("bad-plan", "there is a stream '" + plan.stream + "' already");
  }
  for (const auto& plan : change.adjust) {
    if (find(plan.stream) == nullptr || isRemoved(plan.stream))
      throw CoreError("bad-plan", "there is no stream '" + plan.stream + "' that stays");
  }
}

std::unique_ptr<Branch> Stage::makeBranch(const BranchPlan& plan, const Branch::Find& find) {
  return std::make_unique<Branch>(plan, find, timeline_,
                                  [this](const BranchPlan& own, bool open) { setValves(own, open); });
}

Branch* Stage::find(const std::string& stream) const {
  const auto found =
      std::ranges::find_if(branches_, [&](const auto& branch) { return branch->plan().stream == stream; });
  return found == branches_.end() ? nullptr : found->get();
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
