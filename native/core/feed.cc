#include "core/feed.h"

#include <algorithm>
#include <utility>

#include "core/error.h"

namespace teecam {

namespace {

/// Opening a file and decoding its first picture takes less; holding it open for longer costs memory.
constexpr GstClockTime kPrerollAhead = 2 * GST_SECOND;
/// Later than this, a file begins now instead of hurrying after its time.
constexpr GstClockTime kLatenessAllowed = GST_SECOND;

}  // namespace

Feed::Feed(SourcePlan plan, const CameraClock& clock, std::shared_ptr<Gate> gate, Teardown& teardown,
           Events events)
    : plan_(std::move(plan)),
      clock_(clock),
      gate_(std::move(gate)),
      teardown_(teardown),
      events_(std::move(events)) {
  current_.source = make(0);
}

Feed::~Feed() {
  discard(current_);
  discard(next_);
}

void Feed::start(std::uint64_t generation) {
  generation_ = generation;
  connect(current_);
  if (plan_.playlist) {
    current_.source->preroll();
  } else {
    current_.source->play(clock_.baseTime());
  }
}

Flow Feed::flow() const {
  return current_.source != nullptr ? current_.source->flow() : Flow{};
}

std::optional<Protection> Feed::protection() const {
  return current_.source != nullptr ? current_.source->protection() : std::nullopt;
}

void Feed::askForKeyFrame() {
  if (current_.source != nullptr) current_.source->askForKeyFrame();
}

std::shared_ptr<Source> Feed::make(std::size_t item) const {
  return Source::make(plan_, plan_.playlist ? std::optional(plan_.playlist->items[item]) : std::nullopt,
                      clock_);
}

void Feed::connect(Track& track) {
  const Source* source = track.source.get();
  Source::Events events;
  events.onFault = [this, source](const SourceFault& fault) { onFault(source, fault); };
  events.onEnd = [this, source] { onEnd(source); };
  if (plan_.playlist) {
    events.onPrerolled = [this, source] { onPrerolled(source); };
    events.onFirstFrame = [this] {
      brokenInARow_ = 0;
      scheduleNext();
    };
  }
  track.source->connect(gate_, generation_, std::move(events));
}

void Feed::onPrerolled(const Source* source) {
  if (source == next_.source.get()) next_.prerolled = true;
  if (source == current_.source.get() && !std::exchange(current_.prerolled, true)) {
    play(std::max(due_, clock_.now()));
  }
}

void Feed::play(GstClockTime baseTime) {
  due_ = baseTime;
  current_.source->play(baseTime);
}

void Feed::scheduleNext() {
  const auto length = current_.source->duration();
  const GstClockTime prepareAt = due_ + length.value_or(0) - kPrerollAhead;
  const GstClockTime now = clock_.now();
  const GstClockTime wait = length && prepareAt > now ? prepareAt - now : 0;
  nextTimer_ = Timer::once(static_cast<unsigned>(wait / GST_MSECOND), [this] { prepareNext(); });
}

void Feed::prepareNext() {
  if (next_.source != nullptr) return;
  const auto position = after(tail_);
  if (!position) return;
  tail_ = *position;
  next_ = Track{make(position->item), *position, false};
  connect(next_);
  next_.source->preroll();
}

void Feed::advance() {
  nextTimer_.cancel();
  const GstClockTime now = clock_.now();
  const bool played = current_.source->frames() > 0;
  const GstClockTime end = played ? current_.source->baseTime() + current_.source->end() : now;
  due_ = end + kLatenessAllowed < now ? now : end;

  prepareNext();
  discard(current_);
  if (next_.source == nullptr) return fail({"ended", "everything has been played as often as was asked for"});
  current_ = std::exchange(next_, Track{});
  if (current_.prerolled) play(due_);
}

void Feed::onEnd(const Source* source) {
  if (!plan_.playlist) return onFault(source, {"gone", "the source has come to its end"});
  if (source->frames() == 0) return onFault(source, {"corrupt", "no picture could be decoded"});
  advance();
}

void Feed::onFault(const Source* source, const SourceFault& fault) {
  if (!plan_.playlist) return fail(fault);
  const bool inAdvance = source == next_.source.get();
  const auto& items = plan_.playlist->items;
  events_.onSkipped(items[(inAdvance ? next_ : current_).position.item], fault);
  brokenReason_ = brokenInARow_ == 0 || brokenReason_ == fault.reason ? fault.reason : "corrupt";
  if (++brokenInARow_ >= items.size()) {
    return fail({brokenReason_, "nothing in the playlist can be played: " + fault.detail});
  }
  if (!inAdvance) return advance();
  discard(next_);
  prepareNext();
}

void Feed::fail(const SourceFault& fault) {
  if (!std::exchange(over_, true)) events_.onFault(fault);
}

std::optional<Feed::Position> Feed::after(Position position) const {
  if (++position.item < plan_.playlist->items.size()) return position;
  position = {0, position.loop + 1};
  if (plan_.playlist->loops && position.loop >= *plan_.playlist->loops) return std::nullopt;
  return position;
}

void Feed::discard(Track& track) {
  if (track.source != nullptr) teardown_.take(std::move(track.source));
  track = Track{};
}

}  // namespace teecam
