// Thread: create, receive and stop from any; everything else happens on the control thread.
// Owns: one camera's gate, stage and source.
// Ends: by the command or stop(): then `stopped` is its last message, and `ended` is called after it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "core/clock.h"
#include "core/control_watch.h"
#include "core/demand.h"
#include "core/feed.h"
#include "core/gate.h"
#include "core/key_frame_wait.h"
#include "core/presence.h"
#include "core/protocol.h"
#include "core/questions.h"
#include "core/runtime.h"
#include "core/stage.h"
#include "core/teardown.h"
#include "core/warnings.h"

namespace teecam {

/// How a core ended: as asked, because its stage broke, or because a driver does not let go of its device. In
/// the last case a thread and a pipeline of this process are lost.
enum class CoreEnding { kStopped, kFailed, kWedged };

/// One camera, driven by the messages of src/camera/messages.ts. Both carriers are thin shells around it.
class CameraCore : public std::enable_shared_from_this<CameraCore> {
 public:
  /// Called on the control thread. They must not block.
  struct Carrier {
    /// `droppable`: of no use when late; may be left out for an appliance that does not read.
    std::function<void(std::string line, bool droppable)> send;
    std::function<void(CoreEnding)> ended;
  };

  static std::shared_ptr<CameraCore> create(Carrier carrier);
  ~CameraCore();

  /// One message. Whatever it is, it is answered or warned about.
  void receive(std::string json);
  void stop();

 private:
  explicit CameraCore(Carrier carrier);

  void handle(const std::string& json);
  void execute(const Command& command);
  void start(const StagePlan& plan);
  void change(const StageChange& change);
  void switchSource(const std::optional<SourcePlan>& plan);
  std::unique_ptr<Feed> makeFeed(const SourcePlan& plan);
  void watch(const BranchPlan& branch);
  void startFeedWhenFree();
  void sayIfHeldUp();
  void startFeed();
  void watchControls();
  void dropFeed();
  void wake();
  void sleep();
  void showSlate(const SlateCommand& command);
  void requestKeyFrame(const std::string& stream);
  void beginStop();
  void warnWedged();
  void finish(CoreEnding ending);

  Gate::Events gateEvents();
  void onLive(std::uint64_t generation);
  void onStalled(std::uint64_t generation, bool broken);
  void onFormat(std::uint64_t generation, const SourceFormatInfo& format);
  void onFault(std::uint64_t feed, const SourceFault& fault);

  void setState(const std::string& state, const std::string& reason, const std::string& detail);
  void showSourceInRings();
  void lookForKeyFrame(const Flow& source);
  void askForKeyFrame(bool wanted);
  void sendStats();

  const Carrier carrier_;
  const CameraClock clock_;
  std::shared_ptr<SlateTimeline> timeline_ = std::make_shared<SlateTimeline>();
  std::unique_ptr<Stage> stage_;
  std::shared_ptr<Gate> gate_;  // shared with delivering threads, one of which may never end
  Media media_ = Media::kRaw;   // what the gate takes
  std::unique_ptr<PresenceWatch> presence_;
  std::map<std::string, PresenceWatch::Id> watched_;  // by stream
  Teardown teardown_;
  Questions questions_;
  std::unique_ptr<Demand> demand_;        // null: the camera never sleeps
  std::optional<SourcePlan> sourcePlan_;  // what to open on waking; gone with its failure
  std::unique_ptr<Feed> feed_;
  std::unique_ptr<ControlWatch> controls_;  // null: feed_ has given no frame yet, or is no device
  std::uint64_t feeds_ = 0;  // the number of feed_, so that a late word of an older one counts for nothing
  std::uint64_t generation_ = 0;              // the gate's number for feed_; 0: it does not deliver
  std::optional<KeyFrameWait> keyFrameWait_;  // of feed_, where H.264 or H.265 comes in
  std::string state_;
  std::string reason_;
  std::string slateReason_;
  Warnings warnings_;
  Timer statsTimer_;
  Timer stopDeadline_;
  bool stopping_ = false;
  bool over_ = false;
};

}  // namespace teecam
