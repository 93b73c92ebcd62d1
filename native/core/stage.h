// Thread: the control thread; forceKeyFrames() from any.
// Owns: the stage pipeline, its branches, and what branches taken out have counted.
// Ends: the destructor stops the pipeline.
#pragma once

#include <gst/app/gstappsrc.h>

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/branch.h"
#include "core/clock.h"
#include "core/pipeline.h"
#include "core/plan.h"
#include "core/slate_timeline.h"

namespace teecam {

class Removal;

/// The long-lived half of a camera: what the gate feeds, down to the rings.
class Stage {
 public:
  struct Events {
    /// The element, and GStreamer's words; the stage is then of no more use.
    std::function<void(std::string node, std::string words)> onError;
    /// The first branch opened, or the last one closed.
    std::function<void(bool needed)> onNeeded;
  };

  /// Builds it. Events come on the control thread. Throws CoreError: `missing-element`, `bad-plan`.
  Stage(const StagePlan& plan, const CameraClock& clock, std::shared_ptr<const SlateTimeline> timeline,
        Events events);
  ~Stage();
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;

  /// Throws CoreError `ring-unusable`, or `bad-plan` if the pipeline does not start for another reason.
  void start();

  /// Takes branches out and puts others in while the rest goes on. Throws CoreError, then everything is as it
  /// was: `missing-element`, `ring-unusable`, `bad-plan`, or `internal` when the stage does not come to a
  /// point where it can be changed.
  void change(const StageChange& change);

  /// Transfer none.
  GstAppSrc* inlet() const;
  /// As PresenceWatch tells it.
  void setReaders(const std::string& stream, unsigned readers, bool opened);
  void showSource(const StageSource& source);
  /// False if there is no such stream.
  bool requestKeyFrame(const std::string& stream);
  void forceKeyFrames();
  const std::vector<std::unique_ptr<Branch>>& branches() const { return branches_; }
  Flow flow() const { return pipeline_.flow(); }

 private:
  void checkNames(const StageChange& change, const Removal& removal) const;
  std::map<std::string, unsigned> takeOut(const std::vector<std::string>& streams, Removal& removal);
  void prepareSinks();
  std::unique_ptr<Branch> makeBranch(const BranchPlan& plan, const Branch::Find& find);
  Branch* find(const std::string& stream) const;
  void setValves(const BranchPlan& branch, bool open);

  const CameraClock clock_;
  const std::shared_ptr<const SlateTimeline> timeline_;
  const std::string inlet_;
  const Events events_;
  Pipeline pipeline_;
  std::map<std::string, unsigned> valveUsers_;  // open branches per valve
  unsigned openBranches_ = 0;
  std::mutex lock_;  // guards the list for forceKeyFrames(); only the control thread changes it
  std::vector<std::unique_ptr<Branch>> branches_;
  std::map<std::string, BranchStats> ended_;  // by stream
  StageSource source_;
};

}  // namespace teecam
