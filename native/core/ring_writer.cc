#include "core/ring_writer.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <mutex>

#include "core/ring_file.h"
#include "core/ring_history.h"
#include "core/ring_locks.h"
#include "core/ring_mapping.h"
#include "core/ring_slots.h"
#include "core/ring_words.h"
#include "core/unique_fd.h"

namespace teecam {

namespace {

// Frames in the arena of an encoded ring begin on a cache line.
constexpr std::uint64_t kFrameAlignment = 64;

std::int64_t now(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

void copyText(char* field, std::size_t size, const std::string& text) {
  const std::size_t length = std::min(text.size(), size - 1);
  std::memcpy(field, text.data(), length);
  std::memset(field + length, 0, size - length);
}

UniqueFd openForWriting(const std::string& path) {
  UniqueFd fd(open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW));
  if (!fd) throw RingError::fromErrno(errno, "opening " + path);
  if (tryWriteLock(fd.get(), TEECAM_RING_LOCK_WRITER) == WriteLock::held)
    throw RingError("busy", path + " has a writer already");
  return fd;
}

}  // namespace

// All fields are guarded by lock_, the bytes of taken slots excepted.
class RingWriter::Impl {
 public:
  /// `file` is the name that it has now.
  Impl(const std::string& path, const std::string& file)
      : path_(path),
        fd_(openForWriting(file)),
        mapping_(std::make_unique<RingMapping>(fd_.get(), RingMapping::Access::write, file.c_str())),
        history_(*mapping_),
        slots_(mapping_->geometry(), history_) {
    if (!history_.frames().empty()) cursor_ = align(history_.frames().back().end);
    updateInfo([](teecam_ring_header& header) { header.generation++; });
  }

  void setFormat(const RingFormat& format) {
    const std::lock_guard guard(lock_);
    follow();
    if (format == format_) return;
    format_ = format;
    writeFormat();
  }

  void setState(teecam_ring_state state, const std::string& reason) {
    const std::lock_guard guard(lock_);
    follow();
    state_ = state;
    reason_ = state == TEECAM_RING_SLATE ? reason : "";
    writeState();
  }

  void markDiscontinuity() {
    const std::lock_guard guard(lock_);
    discontinuity_ = true;
  }

  std::optional<Slot> takeSlot() {
    const std::lock_guard guard(lock_);
    follow();
    const auto index = slots_.take();
    if (!index) return std::nullopt;
    const std::uint64_t offset = slots_.offset(*index);
    history_.displace(*mapping_, offset, offset + slots_.size());
    return Slot{*index, mapping_->at(offset), static_cast<std::size_t>(slots_.size())};
  }

  void returnSlot(std::uint32_t index) {
    const std::lock_guard guard(lock_);
    slots_.giveBack(index);
  }

  std::optional<std::uint64_t> publishSlot(std::uint32_t index, std::size_t size, const FrameMeta& meta) {
    const std::lock_guard guard(lock_);
    FrameMeta frame = meta;
    if (!slots_.publish(index)) frame.flags |= TEECAM_FRAME_CORRUPT;
    if (isReplaced()) {
      discontinuity_ = true;
      return std::nullopt;
    }
    return finish(slots_.offset(index), size, frame);
  }

  std::optional<std::uint64_t> publish(std::span<const std::span<const std::byte>> chunks,
                                       const FrameMeta& meta) {
    const std::lock_guard guard(lock_);
    follow();
    std::uint64_t size = 0;
    for (const auto chunk : chunks) size += chunk.size();
    if (isReplaced() || size > mapping_->geometry().arenaSize) {
      discontinuity_ = true;
      return std::nullopt;
    }
    const std::uint64_t offset = place(size);
    std::byte* to = mapping_->at(offset);
    for (const auto chunk : chunks) to = std::copy(chunk.begin(), chunk.end(), to);
    cursor_ = align(offset + size);
    return finish(offset, size, meta);
  }

  void continueAfter(const Impl& before) {
    const std::scoped_lock guard(lock_, before.lock_);
    goOn(before.history_.newest(), before.mapping_->header().generation + 1);
  }

  void prepareMove() {
    const std::lock_guard guard(lock_);
    const std::string name = ringDraftName(path_);
    Draft draft{openForWriting(name), nullptr};
    draft.mapping = std::make_unique<RingMapping>(draft.fd.get(), RingMapping::Access::write, name.c_str());
    const RingGeometry &now = mapping_->geometry(), &next = draft.mapping->geometry();
    const bool fits = now.slotCount == 0 ? next.slotCount == 0 : next == now;
    if (!fits) throw RingError("failed", name + " is not for the frames of " + path_);
    draft_ = std::move(draft);
  }

  void move() {
    const std::lock_guard guard(lock_);
    if (!draft_) return;
    const std::uint32_t generation = mapping_->header().generation;
    if (slots_.size() > 0)
      mapping_->remap(draft_->fd.get(), path_.c_str());  // slots that are being written keep their addresses
    else
      mapping_ = std::move(draft_->mapping);
    fd_ = std::move(draft_->fd);
    draft_.reset();
    slots_.loseFile();
    goOn(history_.newest(), generation);
    writeFormat();
    writeState();
  }

  void stay() {
    const std::lock_guard guard(lock_);
    draft_.reset();
  }

  bool hasName() const {
    const std::lock_guard guard(lock_);
    struct stat named {
    }, opened{};
    return stat(path_.c_str(), &named) == 0 && fstat(fd_.get(), &opened) == 0 &&
           named.st_ino == opened.st_ino && named.st_dev == opened.st_dev;
  }

  unsigned readers() const {
    const std::lock_guard guard(lock_);
    return countPresenceLocks(fd_.get());
  }

  std::uint64_t slotSize() const { return slots_.size(); }  // needs no lock: it never changes
  const teecam_ring_header& header() const { return mapping_->header(); }

 private:
  static std::uint64_t align(std::uint64_t offset) {
    return (offset + kFrameAlignment - 1) / kFrameAlignment * kFrameAlignment;
  }

  /// Where the next frame of an encoded ring goes; what was there is gone.
  std::uint64_t place(std::uint64_t size) {
    const std::uint64_t begin = mapping_->geometry().arenaOffset(), end = mapping_->geometry().fileSize();
    if (cursor_ < begin || cursor_ > end) cursor_ = begin;
    if (size > end - cursor_) {
      // The frames that are skipped at the end would outlive newer ones at the beginning.
      history_.displace(*mapping_, cursor_, end);
      cursor_ = begin;
    }
    history_.displace(*mapping_, cursor_, cursor_ + size);
    return cursor_;
  }

  std::uint64_t finish(std::uint64_t offset, std::uint64_t size, const FrameMeta& meta) {
    const std::uint64_t sequence = history_.newest() + 1;
    teecam_ring_header& header = mapping_->header();
    teecam_frame_descriptor& d = mapping_->descriptor(sequence);
    beginWrite(d.lock);
    history_.add(*mapping_, {sequence, offset, offset + size}, meta.flags & TEECAM_FRAME_KEY);
    d.flags = meta.flags | (discontinuity_ ? std::uint32_t{TEECAM_FRAME_DISCONTINUITY} : 0u);
    discontinuity_ = false;
    d.sequence = sequence;
    d.published_ns = now(CLOCK_MONOTONIC);
    d.capture_ns = meta.captureNs;
    d.capture_realtime_ns = meta.captureNs + now(CLOCK_REALTIME) - d.published_ns;
    d.duration_ns = meta.durationNs;
    d.dts_delta_ns = meta.dtsDeltaNs;
    d.key_sequence = history_.newestKey();
    d.offset = offset;
    d.size = size;
    d.generation = header.generation;
    d.fourcc = format_.fourcc;
    d.width = format_.width;
    d.height = format_.height;
    d.plane_count = std::min(meta.planeCount, TEECAM_RING_MAX_PLANES);
    std::ranges::copy(meta.planeOffset, d.plane_offset);
    std::ranges::copy(meta.planeStride, d.plane_stride);
    endWrite(d.lock);
    storeRelease(header.head, static_cast<std::uint32_t>(sequence));
    wakeAll(header.wake);
    return sequence;
  }

  template <typename Change>
  void updateInfo(Change change) {
    teecam_ring_header& header = mapping_->header();
    beginWrite(header.info_lock);
    change(header);
    endWrite(header.info_lock);
  }

  void writeFormat() {
    updateInfo([this](teecam_ring_header& header) {
      header.generation++;
      header.fourcc = format_.fourcc;
      header.width = format_.width;
      header.height = format_.height;
      header.framerate_num = format_.framerateNum;
      header.framerate_den = format_.framerateDen;
      header.colour_range = format_.colourRange;
      header.colour_matrix = format_.colourMatrix;
      header.colour_transfer = format_.colourTransfer;
      header.colour_primaries = format_.colourPrimaries;
      copyText(header.caps, sizeof header.caps, format_.caps);
    });
  }

  void writeState() {
    teecam_ring_header& header = mapping_->header();
    updateInfo([this](teecam_ring_header& h) { copyText(h.reason, sizeof h.reason, reason_); });
    // The appliance's last words stay: ended, replaced.
    std::uint32_t before = loadAcquire(header.state);
    while (before < TEECAM_RING_ENDED &&
           !__atomic_compare_exchange_n(&header.state, &before, static_cast<std::uint32_t>(state_), false,
                                        __ATOMIC_RELEASE, __ATOMIC_ACQUIRE)) {
    }
    wakeAll(header.wake);
  }

  /// Nobody finds this file any more, and its numbers are the new file's to give out.
  bool isReplaced() const { return loadAcquire(mapping_->header().state) == TEECAM_RING_REPLACED; }

  /// Moves to the file that has replaced this one, if it is of the same geometry and has no writer yet.
  /// Otherwise the plan has changed and this writer's end is near.
  void follow() {
    if (abandoned_ || !isReplaced()) return;
    const std::uint32_t generation = mapping_->header().generation;
    try {
      UniqueFd fd = openForWriting(path_);
      if (!mapping_->remap(fd.get(), path_.c_str())) {
        abandoned_ = true;
        return;
      }
      fd_ = std::move(fd);
    } catch (const RingError& error) {
      abandoned_ = error.code() == "busy";  // else asked again: the name may be gone for a moment
      return;
    }
    slots_.loseFile();
    discontinuity_ = true;
    goOn(history_.newest(), generation);
    writeFormat();
    writeState();
  }

  /// The file has no frames yet. A reader that comes from the one before must find no number in `head` that
  /// it has read.
  void goOn(std::uint64_t newest, std::uint32_t generation) {
    history_.moved(newest);
    cursor_ = 0;
    storeRelease(mapping_->header().head, static_cast<std::uint32_t>(newest));
    updateInfo([generation](teecam_ring_header& header) { header.generation = generation; });
  }

  struct Draft {
    UniqueFd fd;
    std::unique_ptr<RingMapping> mapping;
  };

  mutable std::mutex lock_;
  const std::string path_;
  UniqueFd fd_;
  std::unique_ptr<RingMapping> mapping_;
  RingHistory history_;
  RingSlots slots_;
  std::uint64_t cursor_ = 0;
  RingFormat format_;
  teecam_ring_state state_ = TEECAM_RING_IDLE;
  std::string reason_;
  bool discontinuity_ = true;
  bool abandoned_ = false;
  std::optional<Draft> draft_;
};

RingWriter::RingWriter(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
RingWriter::~RingWriter() = default;

std::unique_ptr<RingWriter> RingWriter::open(const std::string& path) {
  return std::unique_ptr<RingWriter>(new RingWriter(std::make_unique<Impl>(path, path)));
}

std::unique_ptr<RingWriter> RingWriter::openDraft(const std::string& path) {
  return std::unique_ptr<RingWriter>(new RingWriter(std::make_unique<Impl>(path, ringDraftName(path))));
}

void RingWriter::setFormat(const RingFormat& format) {
  impl_->setFormat(format);
}
void RingWriter::setState(teecam_ring_state state, const std::string& reason) {
  impl_->setState(state, reason);
}
void RingWriter::markDiscontinuity() {
  impl_->markDiscontinuity();
}
std::optional<RingWriter::Slot> RingWriter::takeSlot() {
  return impl_->takeSlot();
}
void RingWriter::returnSlot(std::uint32_t index) {
  impl_->returnSlot(index);
}
std::optional<std::uint64_t> RingWriter::publishSlot(std::uint32_t index, std::size_t size,
                                                     const FrameMeta& meta) {
  return impl_->publishSlot(index, size, meta);
}
std::optional<std::uint64_t> RingWriter::publish(std::span<const std::span<const std::byte>> chunks,
                                                 const FrameMeta& meta) {
  return impl_->publish(chunks, meta);
}
void RingWriter::continueAfter(const RingWriter& before) {
  impl_->continueAfter(*before.impl_);
}
void RingWriter::prepareMove() {
  impl_->prepareMove();
}
void RingWriter::move() {
  impl_->move();
}
void RingWriter::stay() {
  impl_->stay();
}
bool RingWriter::hasName() const {
  return impl_->hasName();
}
unsigned RingWriter::readers() const {
  return impl_->readers();
}
std::uint64_t RingWriter::slotSize() const {
  return impl_->slotSize();
}
const teecam_ring_header& RingWriter::header() const {
  return impl_->header();
}

}  // namespace teecam
