// Thread: the control thread; forceKeyFrames() from any.
// Owns: the stage pipeline and its branches.
// Ends: the destructor stops the pipeline.
#pragma once

#include <gst/app/gstappsrc.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/branch.h"
#include "core/clock.h"
#include "core/pipeline.h"
#include "core/plan.h"
#include "core/slate_timeline.h"

namespace teecam {

/// The long-lived half of a camera: what the gate feeds, down to the rings.
class Stage {
 public:
  struct Events {
    /// GStreamer's words; the stage is then of no more use.
    std::function<void(std::string)> onError;
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

  /// Transfer none.
  GstAppSrc* inlet() const;
  /// As PresenceWatch tells it.
  void setReaders(std::size_t branch, unsigned readers, bool opened);
  void showSource(const StageSource& source);
  /// False if there is no such stream.
  bool requestKeyFrame(const std::string& stream);
  void forceKeyFrames();
  const std::vector<std::unique_ptr<Branch>>& branches() const { return branches_; }
  Flow flow() const { return pipeline_.flow(); }

 private:
  void prepareSinks();
  void setValves(const BranchPlan& branch, bool open);

  const std::string inlet_;
  const Events events_;
  Pipeline pipeline_;
  std::map<std::string, unsigned> valveUsers_;  // open branches per valve
  unsigned openBranches_ = 0;
  std::vector<std::unique_ptr<Branch>> branches_;
  StageSource source_;
};

}  // namespace teecam
