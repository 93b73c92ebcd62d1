// Thread: the control thread.
// Owns: the sources of one source plan: one, or with a playlist the one that plays and the next.
// Ends: the destructor hands its sources to the teardown.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "core/clock.h"
#include "core/flow_meter.h"
#include "core/gate.h"
#include "core/plan.h"
#include "core/runtime.h"
#include "core/source.h"
#include "core/teardown.h"

namespace teecam {

/// Keeps the gate fed by one source plan until it fails or ends. A playlist's files follow one another
/// without a gap: the next one waits with its first picture in hand, and its time begins where the last one's
/// ended.
class Feed {
 public:
  /// At most one onFault; nothing follows it.
  struct Events {
    std::function<void(SourceFault)> onFault;
    std::function<void(const std::string& item, const SourceFault&)> onSkipped;
  };

  /// Builds the first pipeline and opens nothing. Throws CoreError.
  Feed(SourcePlan plan, const CameraClock& clock, std::shared_ptr<Gate> gate, Teardown& teardown,
       Events events);
  ~Feed();
  Feed(const Feed&) = delete;
  Feed& operator=(const Feed&) = delete;

  /// `generation` is the number that the gate gave.
  void start(std::uint64_t generation);
  /// Of the source that plays, counted since that one was made.
  Flow flow() const;
  std::optional<Protection> protection() const;
  /// Upstream, where it may be answered: RTSP cameras know such a request.
  void askForKeyFrame();

 private:
  struct Position {
    std::size_t item = 0;
    unsigned loop = 0;
  };
  struct Track {
    std::shared_ptr<Source> source;
    Position position;
    bool prerolled = false;
  };

  std::shared_ptr<Source> make(std::size_t item) const;
  void connect(Track& track);
  void play(GstClockTime baseTime);
  void scheduleNext();
  void prepareNext();
  void advance();
  void onPrerolled(const Source* source);
  void onEnd(const Source* source);
  void onFault(const Source* source, const SourceFault& fault);
  void fail(const SourceFault& fault);
  std::optional<Position> after(Position position) const;
  void discard(Track& track);

  const SourcePlan plan_;
  const CameraClock clock_;
  const std::shared_ptr<Gate> gate_;
  Teardown& teardown_;
  const Events events_;
  std::uint64_t generation_ = 0;
  Track current_;
  Track next_;
  Timer nextTimer_;
  Position tail_;         // of the last track made
  GstClockTime due_ = 0;  // when the first frame of the current track was or is due
  std::size_t brokenInARow_ = 0;
  std::string brokenReason_;
  bool over_ = false;
};

}  // namespace teecam
