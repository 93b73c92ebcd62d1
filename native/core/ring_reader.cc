#include "core/ring_reader.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <utility>

#include "core/ring_locks.h"
#include "core/ring_mapping.h"
#include "core/ring_words.h"
#include "core/unique_fd.h"

namespace teecam {

namespace {

using Clock = std::chrono::steady_clock;

// A killed writer or appliance marks nothing: so often the name is compared with the open file.
constexpr std::chrono::milliseconds kNameCheck{500};

UniqueFd openForReading(const std::string& path) {
  UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) throw RingError::fromErrno(errno, "opening " + path);
  return fd;
}

/// One file: presence first, then the read that the writer watches for (docs/ring.md, How a reader begins).
struct OpenRing {
  explicit OpenRing(const std::string& path) : fd(openForReading(path)) {
    takePresenceLock(fd.get());
    mapping = std::make_shared<const RingMapping>(fd.get(), RingMapping::Access::read, path.c_str());
  }

  std::uint32_t head() const { return loadAcquire(mapping->header().head); }
  std::uint32_t state() const { return loadAcquire(mapping->header().state); }
  bool isNamed(const std::string& path) const {
    struct stat named {
    }, opened{};
    return stat(path.c_str(), &named) == 0 && fstat(fd.get(), &opened) == 0 &&
           named.st_ino == opened.st_ino && named.st_dev == opened.st_dev;
  }

  UniqueFd fd;
  std::shared_ptr<const RingMapping> mapping;
};

/// The frame in place, if it is still there.
std::optional<RingFrame> look(const OpenRing& ring, std::uint64_t sequence) {
  const auto seen = ring.mapping->see(sequence);
  if (!seen || seen->frame.sequence != sequence) return std::nullopt;
  const std::byte* data = ring.mapping->at(seen->frame.offset);
  return RingFrame{
      seen->frame, {data, static_cast<std::size_t>(seen->frame.size)}, 0, ring.mapping, seen->lock};
}

/// The state does not tell: a branch that slept opens for this very reader, and its newest frame may be hours
/// old.
bool isFresh(const teecam_frame_descriptor& frame) {
  const std::int64_t now =
      std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now().time_since_epoch()).count();
  return now - frame.capture_ns < 2 * frame.duration_ns;
}

}  // namespace

bool RingFrame::valid() const {
  return unchanged(mapping->descriptor(info.sequence).lock, lock);
}

// All fields are guarded by lock_.
class RingReader::Impl {
 public:
  explicit Impl(const std::string& path) : path_(path), ring_(path) {
    const std::uint32_t head = ring_.head();
    // A descriptor has all 64 bits; without it, as in a file that has only just replaced another, 32 must do.
    const auto newest = ring_.mapping->see(head);
    accounted_ = newest ? newest->frame.sequence : head;
    standBefore(accounted_);
    lookAround();
  }

  std::optional<RingFrame> take(RingMode mode) {
    const std::lock_guard guard(lock_);
    auto frame = find(mode);
    if (frame) consume(*frame);
    return frame;
  }

  RingCopy copy(RingMode mode, const std::function<std::span<std::byte>(std::size_t)>& room) {
    const std::lock_guard guard(lock_);
    for (;;) {
      auto frame = find(mode);
      if (!frame) return {isOver() ? RingRead::closed : RingRead::none, {}};
      const std::span<std::byte> into = room(frame->data.size());
      if (into.size() < frame->data.size()) return {RingRead::tooSmall, frame->info};
      std::copy(frame->data.begin(), frame->data.end(), into.begin());
      if (!frame->valid()) continue;  // overwritten meanwhile: there is a newer one by now
      consume(*frame);
      return {RingRead::frame, frame->info, frame->missed};
    }
  }

  RingWait waitFor(std::chrono::nanoseconds limit) {
    const auto deadline = Clock::now() + std::min<std::chrono::nanoseconds>(limit, std::chrono::hours(24));
    std::unique_lock guard(lock_);
    for (;;) {
      if (interrupted_) return RingWait::interrupted;
      const std::shared_ptr<const RingMapping> mapping = ring_.mapping;  // outlives the wait
      const std::uint32_t wake = loadAcquire(mapping->header().wake);
      if (unread() > 0) return RingWait::news;
      if (isOver()) return RingWait::ended;
      const std::uint32_t state = ring_.state();
      const auto now = Clock::now();
      if (state == TEECAM_RING_REPLACED || now >= nextCheck_) {
        nextCheck_ = now + kNameCheck;
        if (follow()) return RingWait::news;
      }
      if (std::exchange(toldState_, state) != state) return RingWait::news;
      if (now >= deadline) return RingWait::timeout;
      waiters_++;
      guard.unlock();
      waitOn(mapping->header().wake, wake, std::min(nextCheck_, deadline) - now);
      guard.lock();
      waiters_--;
      left_.notify_all();
    }
  }

  void interrupt() {
    std::unique_lock guard(lock_);
    interrupted_ = true;
    while (waiters_ > 0) {
      // One that looked at interrupted_ before it was set may not be asleep yet, and misses a single nudge.
      nudgeAll(ring_.mapping->header().wake);
      left_.wait_for(guard, std::chrono::milliseconds(1));
    }
  }

  RingStatus status() {
    const std::lock_guard guard(lock_);
    readInfo();
    const auto seen = ring_.mapping->see(info_.head);
    return {info_, reopened_, seen ? seen->frame.sequence : info_.head, seen && isFresh(seen->frame)};
  }

  bool ended() {
    const std::lock_guard guard(lock_);
    return isOver() && unread() == 0;
  }

  void knock() const { openForReading(path_); }

 private:
  void standBefore(std::uint64_t newest) {
    const std::uint64_t history = ring_.mapping->geometry().frameCount;
    last_ = newest > history ? newest - history : 0;
  }

  void lookAround() {
    toldState_ = ring_.state();
    std::memcpy(&info_, &ring_.mapping->header(), sizeof info_);
  }

  std::uint64_t unread() {
    const std::uint32_t head = ring_.head();
    if (moved_ && !settle(head)) return 0;
    const auto ahead = static_cast<std::int32_t>(head - static_cast<std::uint32_t>(last_));
    return ahead > 0 ? static_cast<std::uint64_t>(ahead) : 0;
  }

  /// Whether a file that was followed has a frame by now. Only this tells whether its numbers go on: the file
  /// is older than the last frames that its writer put into the one before, so that its head may lie behind
  /// what was read already.
  bool settle(std::uint32_t head) {
    const auto newest = ring_.mapping->see(head);
    if (!newest) return false;
    moved_ = false;
    const std::uint64_t sequence = newest->frame.sequence;
    if (sequence <= last_) {
      standBefore(sequence);
      accounted_ = last_;
    }
    return true;
  }

  bool isOver() const { return ring_.state() == TEECAM_RING_ENDED; }

  /// The frame to read next. When there is none, all that is unread is passed over.
  std::optional<RingFrame> find(RingMode mode) {
    for (;;) {
      const std::uint64_t ahead = unread();
      if (ahead == 0) {
        if (ring_.state() == TEECAM_RING_REPLACED && follow()) continue;
        return std::nullopt;
      }
      const std::uint64_t newest = last_ + ahead;
      const std::uint64_t count = std::min<std::uint64_t>(ahead, ring_.mapping->geometry().frameCount);
      for (std::uint64_t i = 0; i < count; i++) {
        const std::uint64_t sequence = mode == RingMode::next ? newest - count + 1 + i : newest - i;
        auto frame = look(ring_, sequence);
        if (!frame || (mode == RingMode::key && (frame->info.flags & TEECAM_FRAME_KEY) == 0)) continue;
        frame->missed = sequence > accounted_ ? sequence - accounted_ - 1 : 0;
        return frame;
      }
      last_ = newest;
    }
  }

  void consume(const RingFrame& frame) { last_ = accounted_ = frame.info.sequence; }

  /// Opens the file that has the name now, if it is another one.
  bool follow() {
    if (ring_.isNamed(path_)) return false;
    try {
      ring_ = OpenRing(path_);
    } catch (const RingError&) {
      return false;  // no successor, or none that may be read: the next look is in kNameCheck
    }
    reopened_++;
    moved_ = true;
    lookAround();
    return true;
  }

  void readInfo() {
    const teecam_ring_header& shared = ring_.mapping->header();
    // A writer killed in the middle leaves the lock odd until the next one comes: the last whole block
    // serves.
    for (int tries = 1000; tries > 0; tries--) {
      const std::uint32_t lock = loadAcquire(shared.info_lock);
      if (lock % 2 != 0) continue;
      teecam_ring_header header;
      std::memcpy(&header, &shared, sizeof header);
      if (!unchanged(shared.info_lock, lock)) continue;
      info_ = header;
      break;
    }
    info_.state = ring_.state();
    info_.head = ring_.head();
    info_.reason[sizeof info_.reason - 1] = '\0';
    info_.caps[sizeof info_.caps - 1] = '\0';
  }

  mutable std::mutex lock_;
  std::condition_variable left_;  // a waiter came back
  const std::string path_;
  OpenRing ring_;
  std::uint64_t last_ = 0;       // read, or passed over
  std::uint64_t accounted_ = 0;  // read, or told as missed, or older than this reader
  std::uint32_t toldState_ = TEECAM_RING_IDLE;
  teecam_ring_header info_{};
  std::uint64_t reopened_ = 0;
  bool moved_ = false;  // to a file in which no frame was seen yet
  Clock::time_point nextCheck_ = Clock::now() + kNameCheck;
  unsigned waiters_ = 0;
  bool interrupted_ = false;
};

RingReader::RingReader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
RingReader::~RingReader() = default;

std::unique_ptr<RingReader> RingReader::open(const std::string& path) {
  return std::unique_ptr<RingReader>(new RingReader(std::make_unique<Impl>(path)));
}

std::optional<RingFrame> RingReader::take(RingMode mode) {
  return impl_->take(mode);
}
RingCopy RingReader::copy(RingMode mode, const std::function<std::span<std::byte>(std::size_t)>& room) {
  return impl_->copy(mode, room);
}
RingWait RingReader::waitFor(std::chrono::nanoseconds limit) {
  return impl_->waitFor(limit);
}
void RingReader::interrupt() {
  impl_->interrupt();
}
RingStatus RingReader::status() {
  return impl_->status();
}
bool RingReader::ended() {
  return impl_->ended();
}
void RingReader::knock() {
  impl_->knock();
}

}  // namespace teecam
