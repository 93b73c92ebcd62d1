// Thread: any (a lock inside; one may wait while another reads). Closing: interrupt(), then destroy when no
// call is under way. Owns: a read-only mapping of the ring under a name, whichever file that is at the
// moment, and a presence lock. Ends: the destructor; frames that were taken in place keep their mapping alive
// by themselves.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "core/ring_error.h"
#include "teecam_ring.h"

namespace teecam {

class RingMapping;

enum class RingMode {
  /// The oldest unread frame that is still there.
  next,
  /// The newest unread frame.
  latest,
  /// The newest unread key frame; go on with `next`.
  key,
};

/// A frame in the ring's own memory.
struct RingFrame {
  teecam_frame_descriptor info;  // a copy, checked: data and planes lie within the arena
  std::span<const std::byte> data;
  /// Frames skipped since the one before.
  std::uint64_t missed;
  /// Whether all that was read of `data` up to now belonged to this frame. Ask after use.
  bool valid() const;

  std::shared_ptr<const RingMapping> mapping;
  std::uint32_t lock;
};

enum class RingRead { frame, none, tooSmall, closed };

struct RingCopy {
  RingRead result;
  teecam_frame_descriptor info;  // with `frame`; `size` also with `tooSmall`
  std::uint64_t missed = 0;
};

enum class RingWait { news, timeout, interrupted, ended };

struct RingStatus {
  teecam_ring_header header;  // the information block is whole, `head` and `state` are of now
  std::uint64_t reopened;     // how often a new file was followed
  std::uint64_t newest;       // sequence number of the newest frame; 0: none yet
  bool fresh;                 // the newest frame is of now: at most two frame periods old
};

class RingReader {
 public:
  /// Throws RingError: not-found, no-permission, malformed, failed.
  static std::unique_ptr<RingReader> open(const std::string& path);
  ~RingReader();
  RingReader(const RingReader&) = delete;
  RingReader& operator=(const RingReader&) = delete;

  /// A frame in place, counted as read. nullopt: no news, or the ring has ended.
  std::optional<RingFrame> take(RingMode mode);
  /// Copies a frame to where `room` says, which gets its size and may answer with less room: then nothing is
  /// read. A torn copy is never returned.
  RingCopy copy(RingMode mode, const std::function<std::span<std::byte>(std::size_t)>& room);

  /// Until there is an unread frame or a change of state (told once), the ring has ended, or interrupt().
  /// Follows a ring whose name went to another file.
  RingWait waitFor(std::chrono::nanoseconds limit);
  /// Ends waitFor, now and for good. Returns when nobody waits any more.
  void interrupt();

  RingStatus status();
  /// The appliance closed the stream, and every frame was read.
  bool ended();
  /// Asks the writer for a key frame.
  void knock();

 private:
  class Impl;
  explicit RingReader(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace teecam
