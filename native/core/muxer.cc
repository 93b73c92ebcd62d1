#include "core/muxer.h"

#include <pthread.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "core/ring_error.h"

namespace teecam {

namespace {

using namespace std::chrono_literals;

/// How often a missing key frame is looked for.
constexpr auto kTick = 100ms;
/// The encoder gives a key frame at most twice a second, and keeps a knock until then; one that brought none
/// after this was lost.
constexpr auto kKnockAgain = 700ms;
/// A key frame from before is as good as a new one if it is no older: a viewer begins at once, and what it
/// lags behind is not seen.
constexpr std::int64_t kFreshNs = 300'000'000;

std::int64_t nowNs() {
  return std::chrono::nanoseconds(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::unique_ptr<RingReader> openH264(const std::string& ring) {
  auto reader = RingReader::open(ring);
  constexpr std::uint32_t h264 = 'H' | '2' << 8 | '6' << 16 | '4' << 24;
  const std::uint32_t fourcc = reader->status().header.fourcc;
  constexpr std::uint32_t notWrittenYet = 0;
  if (fourcc != h264 && fourcc != notWrittenYet) throw RingError("failed", ring + " holds no H.264");
  return reader;
}

}  // namespace

Muxer::Muxer(MuxerOptions options, std::function<void()> onNews)
    : options_(std::move(options)),
      onNews_(std::move(onNews)),
      openedNs_(nowNs()),
      reader_(openH264(options_.ring)),
      writer_(MediaWriter::make(options_.container)),
      knocked_(Clock::now()) {  // opening knocks
  thread_ = std::thread([this] { run(); });
}

Muxer::~Muxer() {
  stopping_ = true;
  reader_->interrupt();
  thread_.join();
}

Muxer::News Muxer::take() {
  const std::lock_guard guard(lock_);
  told_ = false;
  waitingBytes_ = 0;
  return {std::exchange(waiting_, {}), ended_};
}

void Muxer::requestKeyFrame() {
  const std::lock_guard guard(lock_);
  if (std::exchange(wantsKey_, true)) return;
  knock();
}

MuxerStats Muxer::stats() {
  const std::lock_guard guard(lock_);
  return stats_;
}

void Muxer::run() {
  pthread_setname_np(pthread_self(), "teecam-mux");
  try {
    read();
  } catch (const std::exception&) {
    // No memory, or a ring that cannot be mapped any more: viewers are told the end, and come again.
  }
  end();
}

void Muxer::read() {
  while (!stopping_ && !reader_->ended()) {
    if (const auto frame = reader_->take(needsKey_ ? RingMode::key : RingMode::next)) {
      handle(*frame);
    } else {
      reader_->status();  // or waitFor would go on telling of the same change of state
      reader_->waitFor(kTick);
    }
    knockAgain();
  }
}

void Muxer::handle(const RingFrame& frame) {
  const bool key = (frame.info.flags & TEECAM_FRAME_KEY) != 0;
  const bool gap = frame.missed > 0 || (frame.info.flags & TEECAM_FRAME_DISCONTINUITY) != 0;
  if (needsKey_ && frame.info.published_ns < openedNs_ && nowNs() - frame.info.capture_ns > kFreshNs) return;
  if (!key && (gap || needsKey_)) return loseTrack();
  write(frame);
}

/// Copied first: the writers' counters must not go on for a frame that turns out to be torn.
void Muxer::write(const RingFrame& frame) {
  const auto& info = frame.info;
  frame_.assign(frame.data.begin(), frame.data.end());
  if (!frame.valid()) return loseTrack();
  AccessUnit unit;
  unit.data = frame_;
  unit.key = (info.flags & TEECAM_FRAME_KEY) != 0;
  unit.captureNs = info.capture_ns;
  unit.decodeNs = info.capture_ns - info.dts_delta_ns;
  unit.durationNs = info.duration_ns;
  unit.width = info.width;
  unit.height = info.height;
  std::vector<MuxedChunk> chunks;
  writer_->write(unit, chunks);
  if (chunks.empty()) return loseTrack();
  needsKey_ = false;
  publish(std::move(chunks), unit.key);
}

void Muxer::publish(std::vector<MuxedChunk> chunks, bool key) {
  std::unique_lock guard(lock_);
  std::size_t bytes = 0;
  for (const auto& chunk : chunks) bytes += chunk.data.size();
  if (waitingBytes_ > 0 && waitingBytes_ + bytes > options_.maxWaitingBytes) {
    // Headers stay: what follows cannot be played without.
    const auto media = std::stable_partition(waiting_.begin(), waiting_.end(),
                                             [](const MuxedChunk& chunk) { return chunk.header; });
    stats_.dropped += static_cast<std::uint64_t>(std::distance(media, waiting_.end()));
    waiting_.erase(media, waiting_.end());
    waitingBytes_ = 0;
    if (!key) {
      stats_.dropped++;
      guard.unlock();
      return loseTrack();
    }
  }
  if (key) wantsKey_ = false;
  waitingBytes_ += bytes;
  stats_.frames++;
  std::move(chunks.begin(), chunks.end(), std::back_inserter(waiting_));
  if (!std::exchange(told_, true)) onNews_();
}

void Muxer::end() {
  const std::lock_guard guard(lock_);
  ended_ = true;
  if (!stopping_ && !std::exchange(told_, true)) onNews_();
}

/// From here to the next key frame nothing can be decoded.
void Muxer::loseTrack() {
  needsKey_ = true;
  requestKeyFrame();
}

/// With lock_.
void Muxer::knock() {
  knocked_ = Clock::now();
  try {
    reader_->knock();
  } catch (const RingError&) {
    // The name is gone for the moment; the reader finds the next file, and opening that knocks.
  }
}

void Muxer::knockAgain() {
  const std::lock_guard guard(lock_);
  if ((wantsKey_ || needsKey_) && Clock::now() - knocked_ > kKnockAgain) knock();
}

}  // namespace teecam
