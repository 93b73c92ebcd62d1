// Thread: the control thread; forceKeyFrame() and stats() from any.
// Owns: references to its elements, its linger timer.
// Ends: with its stage, after the pipeline has stopped.
#pragma once

#include <gst/gst.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "core/brightness_meter.h"
#include "core/key_frames.h"
#include "core/plan.h"
#include "core/ring_sink.h"
#include "core/runtime.h"
#include "core/slate_timeline.h"

namespace teecam {

struct BranchStats {
  bool open = false;
  std::uint64_t openings = 0;
  std::uint64_t encoded = 0;
  unsigned readers = 0;
  RingSinkStats sink;  // its drops include the queue's
  std::optional<double> brightness;
};

/// What the gate shows now, as the ring's header says it.
struct StageSource {
  bool live = false;
  std::string reason;
};

/// One stream's way from its valve to its ring: open while somebody reads, and a while longer.
class Branch {
 public:
  /// Transfer none. Throws CoreError `bad-plan` if there is no such node.
  using Find = std::function<GstElement*(const std::string& id)>;
  /// Opens or closes its valves, which it may share with others.
  using SetOpen = std::function<void(const BranchPlan&, bool open)>;

  /// Throws CoreError `bad-plan`.
  Branch(const BranchPlan& plan, const Find& find, std::shared_ptr<const SlateTimeline> timeline,
         SetOpen setOpen);
  ~Branch();
  Branch(const Branch&) = delete;
  Branch& operator=(const Branch&) = delete;

  const BranchPlan& plan() const { return plan_; }
  GstElement* sink() const { return sink_.get(); }
  /// Takes over `gopFrames`, `always` and `lingerMs`.
  void adjust(const BranchPlan& plan, const StageSource& source);
  /// Counts on from where the stream's branch before it ended.
  void continueAfter(const BranchStats& before) { before_ = before; }
  /// It will be taken out of the stage. The ring keeps its state.
  void leave();
  /// The stage runs: a branch that is always open opens.
  void begin(const StageSource& source);
  /// `opened`: somebody opened the ring and wants to begin, with a key frame.
  void setReaders(unsigned readers, bool opened, const StageSource& source);
  void showSource(const StageSource& source);
  /// No more often than each 500 ms.
  void requestKeyFrame();
  /// At once, if it is open: a closed one begins with a key frame anyway.
  void forceKeyFrame();
  BranchStats stats() const;

 private:
  void open(const StageSource& source);
  void close();
  void closeAfterLinger();
  void countQueueOverruns(GstElement* head);

  BranchPlan plan_;
  const SetOpen setOpen_;
  ObjectPtr<GstElement> sink_;
  // Null without an encoder.
  std::unique_ptr<KeyFrames> keyFrames_;
  std::unique_ptr<BrightnessMeter> brightness_;
  BranchStats before_;
  std::atomic<std::uint64_t> overruns_{0};
  std::atomic<bool> open_{false};
  std::uint64_t openings_ = 0;
  unsigned readers_ = 0;
  Timer linger_;
};

}  // namespace teecam
