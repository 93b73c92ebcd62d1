// Thread: pushLive on the source's streaming thread, the rest on any; one thread of its own feeds the slate.
// Owns: a reference to the stage's inlet, the slate's picture, the watchdog thread.
// Ends: stop() or the destructor; frames pushed later are dropped.
#pragma once

#include <gst/app/gstappsrc.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "core/clock.h"
#include "core/frame_pace.h"
#include "core/gst_ptr.h"
#include "core/live_caps.h"
#include "core/plan.h"
#include "core/slate_frames.h"
#include "core/slate_picture.h"
#include "core/slate_timeline.h"

namespace teecam {

struct GateStats {
  std::uint64_t captured = 0;
  std::uint64_t dropped = 0;
  std::uint64_t slates = 0;
  std::uint64_t undecodable = 0;  // of the captured
  std::uint64_t clamped = 0;
};

/// Joins source and stage: hands the source's frames on by reference, shows the slate when there are none,
/// keeps timestamps rising. Never blocks the source.
class Gate {
 public:
  /// Called under the gate's lock, on its threads: they must not block and not call the gate.
  struct Events {
    std::function<void()> forceKeyFrames;
    std::function<void(std::uint64_t generation)> onLive;
    /// `broken`: frames came, and none of them was whole.
    std::function<void(std::uint64_t generation, bool broken)> onStalled;
    std::function<void(std::uint64_t generation, SourceFormatInfo)> onFormat;
  };

  /// `inlet`: transfer none. Throws CoreError `bad-plan` for a slate that cannot be read.
  Gate(GstAppSrc* inlet, const CameraClock& clock, const GatePlan& plan,
       std::shared_ptr<SlateTimeline> timeline, Events events);
  ~Gate();
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;

  /// Begins with the slate.
  void start();
  void stop();

  /// A new source is about to deliver: its frames carry this number, those of any other are dropped.
  std::uint64_t openSource();
  /// The source is gone: the slate goes out before this returns, and pushes the source's frames out of the
  /// stage's queues. Nothing happens if another source has been opened since.
  void closeSource(std::uint64_t generation);
  /// Closes the source, and nothing goes out any more, not the slate either.
  void sleep();
  /// The next source has three seconds for its first frame before the slate goes out: whoever woke the camera
  /// is to see the camera. One that fails has its slate at once.
  void wake();
  /// `buffer` with a timestamp that is its running time on the camera's clock. What nobody could decode goes
  /// no further: the slate stays until there is a whole frame, of groups of pictures a key frame.
  void pushLive(std::uint64_t generation, BufferPtr buffer, GstCaps* caps);

  /// Throws CoreError as the constructor does.
  void setSlate(const std::string& file);
  GateStats stats() const;

 private:
  void run();
  bool isDecodable(GstBuffer* buffer);
  void takeLiveCaps(std::uint64_t generation, GstCaps* caps);
  void enterLive(GstClockTime pts);
  void leaveLive();
  void enterSlate();
  void pushSlate();
  void push(BufferPtr buffer, const GstCaps* caps);
  GstClockTime inOrder(GstClockTime pts);

  const ObjectPtr<GstElement> inlet_;
  const CameraClock clock_;
  const GatePlan plan_;
  const GstClockTime stall_;
  const GstClockTime slatePeriod_;
  const std::shared_ptr<SlateTimeline> timeline_;
  const Events events_;
  std::atomic<std::uint64_t> passed_{0};  // buffers that left the inlet
  gulong probe_ = 0;

  mutable std::mutex lock_;  // guards all below; taken before the timeline's and the stage's locks
  std::condition_variable wake_;
  bool running_ = false;
  SlateFrames slate_;
  bool live_ = false;
  bool broken_ = false;            // the last frame that came was not whole
  bool discont_ = true;            // the next buffer is the first after a switch
  std::uint64_t generation_ = 0;   // 0: no source
  std::uint64_t generations_ = 0;  // the last number given
  FramePace pace_;
  std::optional<GstClockTime> firstFrameDue_;  // an opened source has not delivered yet
  GstClockTime lastArrival_ = 0;
  GstClockTime nextSlate_ = 0;  // GST_CLOCK_TIME_NONE: asleep
  GstClockTime lastKey_ = 0;
  GstClockTime lastPts_ = GST_CLOCK_TIME_NONE;
  CapsPtr sourceCaps_;  // as the source has them
  CapsPtr liveCaps_;    // with a framerate
  CapsPtr slateCaps_;
  const GstCaps* inletCaps_ = nullptr;  // which of the two the inlet has
  std::uint64_t pushed_ = 0;
  GateStats stats_;

  std::thread thread_;
};

}  // namespace teecam
