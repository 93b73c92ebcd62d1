#include "core/camera_core.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "core/capture_device.h"
#include "core/device_answers.h"
#include "core/error.h"

namespace teecam {

namespace {

constexpr unsigned kStatsIntervalMs = 1000;
/// The whole appliance ends within 5 s.
constexpr unsigned kStopDeadlineMs = 3000;
/// Less than the appliance waits for an answer, so that its next question is not one too many.
constexpr auto kDriverPatience = std::chrono::seconds(10);
constexpr const char* kNoFrames = "the source gives no frames";

template <class... Cases>
struct Match : Cases... {
  using Cases::operator()...;
};

}  // namespace

std::shared_ptr<CameraCore> CameraCore::create(Carrier carrier) {
  // pipelines and timers in it belong to the control thread, whoever lets go of it last
  std::shared_ptr<CameraCore> core(new CameraCore(std::move(carrier)),
                                   [](CameraCore* last) { Runtime::get().post([last] { delete last; }); });
  Runtime::get().post([core] { core->carrier_.send(readyEvent(), false); });
  return core;
}

CameraCore::CameraCore(Carrier carrier)
    : carrier_(std::move(carrier)),
      teardown_({[this] { finish(CoreEnding::kWedged); },
                 [this] {
                   warnWedged();
                   sayIfHeldUp();
                 }}),
      questions_(
          [this](const std::string& reply) {
            if (!over_) carrier_.send(reply, false);
          },
          kDriverPatience),
      warnings_([this](const std::string& code, const std::string& message, unsigned count) {
        carrier_.send(warningEvent(code, message, count), true);
      }) {}

CameraCore::~CameraCore() {
  if (gate_ != nullptr) gate_->stop();
}

void CameraCore::receive(std::string json) {
  Runtime::get().post([core = shared_from_this(), text = std::move(json)] {
    if (!core->over_) core->handle(text);
  });
}

void CameraCore::stop() {
  Runtime::get().post([core = shared_from_this()] { core->beginStop(); });
}

void CameraCore::handle(const std::string& json) {
  std::optional<std::int64_t> id;
  try {
    const Command command = parseCommand(json);
    id = command.id;
    execute(command);
  } catch (const BadMessage& error) {
    if (!error.id()) return warnings_.warn("bad-message", error.what());
    carrier_.send(replyError(*error.id(), "bad-message", error.what()), false);
  } catch (const CoreError& error) {
    carrier_.send(replyError(*id, error.code(), error.what()), false);
  } catch (const std::exception& error) {
    carrier_.send(replyError(*id, "internal", error.what()), false);
  }
}

void CameraCore::execute(const Command& command) {
  const auto done = [&] { carrier_.send(replyDone(command.id), false); };
  const auto ask = [&](const std::optional<std::string>& device, const auto& body) {
    questions_.ask(command.id, device, [id = command.id, body] { return answerTo(id, body); });
  };
  std::visit(Match{[&](const ProbeCommand& body) { ask(body.path, body); },
                   [&](const ProbePlanCommand& body) { ask(captureDevice(body.plan), body); },
                   [&](const ControlsCommand& body) { ask(body.device, body); },
                   [&](const SetControlsCommand& body) { ask(body.device, body); },
                   [&](const StartCommand& body) {
                     start(body.plan);
                     done();
                     setState("starting", "", "");
                   },
                   [&](const ChangeCommand& body) {
                     change(body.change);
                     done();
                   },
                   [&](const SwitchSourceCommand& body) {
                     switchSource(body.source);
                     done();
                   },
                   [&](const SlateCommand& body) {
                     showSlate(body);
                     done();
                   },
                   [&](const KeyFrameCommand& body) {
                     requestKeyFrame(body.stream);
                     done();
                   },
                   [&](const StopCommand&) {
                     done();
                     beginStop();
                   }},
             command.body);
}

void CameraCore::start(const StagePlan& plan) {
  if (stage_ != nullptr) throw CoreError("bad-state", "the stage has been started");
  if (stopping_) throw CoreError("bad-state", "the core is stopping");
  const auto onError = [this](const std::string& node, const std::string& words) {
    carrier_.send(stageFailedEvent(node, words), false);
    finish(CoreEnding::kFailed);
  };
  const auto onNeeded = [this](bool needed) {
    if (demand_ != nullptr) demand_->setNeeded(needed);
  };
  auto stage = std::make_unique<Stage>(plan, clock_, timeline_, Stage::Events{onError, onNeeded});
  auto gate = std::make_shared<Gate>(stage->inlet(), clock_, plan.gate, timeline_, gateEvents());
  if (plan.sleepAfterMs) {
    demand_ =
        std::make_unique<Demand>(*plan.sleepAfterMs, Demand::Events{[this] { wake(); }, [this] { sleep(); }});
  }
  stage->start();
  stage_ = std::move(stage);
  gate_ = std::move(gate);
  media_ = plan.gate.media;
  gate_->start();
  presence_ = std::make_unique<PresenceWatch>(Runtime::get().context());
  for (const auto& branch : plan.branches) watch(branch);
  statsTimer_ = Timer::every(kStatsIntervalMs, [this] { sendStats(); });
}

void CameraCore::change(const StageChange& change) {
  if (stage_ == nullptr || stopping_) throw CoreError("bad-state", "there is no stage to change");
  stage_->change(change);
  for (const auto& stream : change.removedStreams) {
    const bool comesBack =
        std::ranges::find(change.branches, stream, &BranchPlan::stream) != change.branches.end();
    if (!comesBack) presence_->remove(watched_.extract(stream).mapped());
  }
  for (const auto& branch : change.branches) {
    if (!watched_.contains(branch.stream)) watch(branch);
  }
}

void CameraCore::watch(const BranchPlan& branch) {
  watched_[branch.stream] =
      presence_->add(branch.ring, [this, stream = branch.stream](unsigned readers, bool opened) {
        stage_->setReaders(stream, readers, opened);
        if (opened && comesInGroups(media_)) askForKeyFrame(true);
      });
}

void CameraCore::switchSource(const std::optional<SourcePlan>& plan) {
  if (stage_ == nullptr || stopping_) throw CoreError("bad-state", "there is no stage to feed");
  std::unique_ptr<Feed> next;
  if (plan) next = makeFeed(*plan);  // shows also a camera that sleeps on what is wrong with its plan
  dropFeed();
  sourcePlan_ = plan;
  if (plan && demand_ != nullptr && !demand_->awake()) return sleep();
  feed_ = std::move(next);
  gate_->wake();
  if (feed_ == nullptr) {
    setState("slate", "", "the camera has no source");
  } else if (state_ != "slate") {
    setState("starting", "", "");
  }
  startFeedWhenFree();
}

std::unique_ptr<Feed> CameraCore::makeFeed(const SourcePlan& plan) {
  if (plan.media != media_) throw CoreError("bad-plan", "the stage was planned for other media");
  const std::uint64_t number = feeds_ + 1;
  auto feed = std::make_unique<Feed>(
      plan, clock_, gate_, teardown_,
      Feed::Events{[this, number](const SourceFault& fault) { onFault(number, fault); },
                   [this](const std::string& item, const SourceFault& fault) {
                     warnings_.warn("item-skipped", item + ": " + fault.detail);
                   }});
  feeds_ = number;
  return feed;
}

/// A branch opened. After a failure there is nothing to wake: the appliance decides what comes next.
void CameraCore::wake() {
  if (!sourcePlan_ || stopping_) return;
  try {
    feed_ = makeFeed(*sourcePlan_);
  } catch (const CoreError& error) {
    gate_->wake();
    return setState("slate", "failed", error.what());
  }
  gate_->wake();
  setState("starting", "", "");
  startFeedWhenFree();
}

void CameraCore::sleep() {
  if (!sourcePlan_ || stopping_) return;
  gate_->sleep();
  dropFeed();
  sendStats();  // nothing counts up from here on, and who sees it asleep has the last word
  setState("asleep", "", "");
}

/// A device is free for a new source only when the old one has let go of it.
void CameraCore::startFeedWhenFree() {
  if (feed_ == nullptr) return;
  teardown_.whenFree(claimOf(*sourcePlan_), [this] { startFeed(); });
  sayIfHeldUp();
}

void CameraCore::sayIfHeldUp() {
  const bool waits = feed_ != nullptr && sourcePlan_ && generation_ == 0;
  if (waits && teardown_.hangs(claimOf(*sourcePlan_)))
    setState("slate", "wedged", "its driver hangs in the kernel and does not let go of the device");
}

void CameraCore::startFeed() {
  if (feed_ == nullptr || stopping_) return;
  if (reason_ == "wedged") setState("starting", "", "");
  generation_ = gate_->openSource();
  // H.264 of a network may be decoded as it comes in, and begins no sooner.
  if (comesInGroups(media_) || sourcePlan_->foreignClock) keyFrameWait_.emplace(captureDevice(*sourcePlan_));
  feed_->start(generation_);
}

/// With the first frame: some drivers can be opened only once, and that is for the source.
void CameraCore::watchControls() {
  const auto device = sourcePlan_ ? captureDevice(*sourcePlan_) : std::nullopt;
  if (!device || controls_ != nullptr) return;
  controls_ = std::make_unique<ControlWatch>(
      *device, [weak = weak_from_this(), device = *device, feed = feeds_](std::vector<Control> controls) {
        Runtime::get().post([weak, feed, device, controls = std::move(controls)] {
          auto core = weak.lock();
          if (core == nullptr || core->over_ || core->feeds_ != feed || core->controls_ == nullptr) return;
          core->carrier_.send(controlsEvent(device, controls), true);
        });
      });
}

void CameraCore::dropFeed() {
  controls_.reset();
  keyFrameWait_.reset();
  if (gate_ != nullptr) gate_->closeSource(std::exchange(generation_, 0));
  feed_.reset();
}

void CameraCore::showSlate(const SlateCommand& command) {
  if (stage_ == nullptr) throw CoreError("bad-state", "there is no stage to show it");
  gate_->setSlate(command.file);
  slateReason_ = command.reason;
  showSourceInRings();
}

void CameraCore::requestKeyFrame(const std::string& stream) {
  if (stage_ == nullptr) throw CoreError("bad-state", "there is no stage yet");
  if (!stage_->requestKeyFrame(stream)) throw CoreError("bad-message", "there is no stream '" + stream + "'");
}

void CameraCore::beginStop() {
  if (std::exchange(stopping_, true) || over_) return;
  dropFeed();
  stopDeadline_ = Timer::once(kStopDeadlineMs, [this] { finish(CoreEnding::kWedged); });
  teardown_.whenEmpty([this] { finish(CoreEnding::kStopped); });
}

void CameraCore::warnWedged() {
  carrier_.send(warningEvent("source-wedged", "the driver does not let go of its device", 1), false);
}

void CameraCore::finish(CoreEnding ending) {
  if (std::exchange(over_, true)) return;
  if (ending == CoreEnding::kWedged) warnWedged();
  demand_.reset();
  dropFeed();
  statsTimer_.cancel();
  stopDeadline_.cancel();
  if (stage_ != nullptr) sendStats();
  presence_.reset();
  if (gate_ != nullptr) gate_->stop();
  stage_.reset();
  carrier_.send(stoppedEvent(), false);
  carrier_.ended(ending);
}

Gate::Events CameraCore::gateEvents() {
  const auto onControl = [weak = weak_from_this()](auto method) {
    return [weak, method](std::uint64_t generation, auto... arguments) {
      Runtime::get().post([=] {
        auto core = weak.lock();
        if (core != nullptr && !core->over_ && core->generation_ == generation) {
          (core.get()->*method)(generation, arguments...);
        }
      });
    };
  };
  Gate::Events events;
  events.forceKeyFrames = [this] {
    if (stage_ != nullptr) stage_->forceKeyFrames();
  };
  events.onLive = onControl(&CameraCore::onLive);
  events.onStalled = onControl(&CameraCore::onStalled);
  events.onFormat = onControl(&CameraCore::onFormat);
  return events;
}

void CameraCore::onLive(std::uint64_t) {
  slateReason_.clear();
  setState("live", "", "");
  watchControls();
}

void CameraCore::onStalled(std::uint64_t, bool broken) {
  if (keyFrameWait_ && feed_ != nullptr) keyFrameWait_->begin(feed_->flow());
  if (broken) return setState("slate", "corrupt", "the source gives frames, and none of them is whole");
  setState("slate", "stalled", kNoFrames);
}

/// Frames may come for long before the first that can be shown.
void CameraCore::lookForKeyFrame(const Flow& source) {
  if (!keyFrameWait_) return;
  const bool comes = keyFrameWait_->look(source, clock_.now());
  askForKeyFrame(comes && state_ != "live");
  if (comes) {
    if (reason_ == "stalled") setState("slate", "no-key-frame", "frames come, and no key frame yet");
  } else if (reason_ == "no-key-frame" && keyFrameWait_->isOver(clock_.now())) {
    setState("slate", "stalled", kNoFrames);
  }
}

/// The source, of what it has encoded: encoders of the stage are asked by their branches.
void CameraCore::askForKeyFrame(bool wanted) {
  if (!keyFrameWait_ || feed_ == nullptr || !keyFrameWait_->isDue(clock_.now(), wanted)) return;
  keyFrameWait_->askDevice();
  feed_->askForKeyFrame();
}

void CameraCore::onFormat(std::uint64_t, const SourceFormatInfo& format) {
  carrier_.send(sourceEvent(format), false);
}

void CameraCore::onFault(std::uint64_t feed, const SourceFault& fault) {
  if (feed != feeds_ || over_) return;
  sourcePlan_.reset();
  controls_.reset();
  keyFrameWait_.reset();
  gate_->closeSource(std::exchange(generation_, 0));
  setState("slate", fault.reason, fault.detail);
  // the feed itself is still on the stack
  Runtime::get().post([weak = weak_from_this(), feed] {
    auto core = weak.lock();
    if (core != nullptr && core->feeds_ == feed) core->feed_.reset();
  });
}

/// A failure is told even if it is the same as the last: it is the outcome of another try.
void CameraCore::setState(const std::string& state, const std::string& reason, const std::string& detail) {
  state_ = state;
  reason_ = reason;
  if (state == "slate" || state == "asleep") slateReason_ = reason;
  carrier_.send(stateEvent(state, reason, detail), false);
  showSourceInRings();
}

void CameraCore::showSourceInRings() {
  if (stage_ != nullptr) stage_->showSource({state_ == "live", slateReason_});
}

void CameraCore::sendStats() {
  std::vector<StreamStats> streams;
  for (const auto& branch : stage_->branches()) streams.push_back({branch->plan().stream, branch->stats()});
  // from the rings up: what has come out is never more than what went in
  const GateStats gate = gate_->stats();
  CameraFlow flow;
  flow.stage = stage_->flow();
  std::optional<Protection> protection;
  if (feed_ != nullptr) {
    flow.source = feed_->flow();
    protection = feed_->protection();
  }
  carrier_.send(statsEvent(clock_.now(), gate, streams, flow, readNetwork(), protection), true);
  if (feed_ != nullptr) lookForKeyFrame(flow.source);
}

}  // namespace teecam
