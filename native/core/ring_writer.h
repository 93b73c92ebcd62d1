// Thread: any (a lock inside); a slot's memory is its taker's alone.
// Owns: a descriptor, the mapping of the whole file, the writer lock on byte 0.
// Ends: the destructor unmaps; the file stays, its frames too.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "core/ring_error.h"
#include "teecam_ring.h"

namespace teecam {

/// What a descriptor says of a frame, without what the writer itself knows (sequence, offset, publication).
struct FrameMeta {
  std::int64_t captureNs = 0;  // CLOCK_MONOTONIC; the realtime stamp is derived at publication
  std::int64_t durationNs = 0;
  std::int64_t dtsDeltaNs = 0;
  std::uint32_t flags = 0;  // teecam_frame_flags
  std::uint32_t planeCount = 0;
  std::array<std::uint64_t, TEECAM_RING_MAX_PLANES> planeOffset{};
  std::array<std::uint32_t, TEECAM_RING_MAX_PLANES> planeStride{};
};

/// The information block, less generation and reason.
struct RingFormat {
  std::uint32_t fourcc = 0;
  std::uint32_t width = 0, height = 0;
  std::uint32_t framerateNum = 0, framerateDen = 1;
  std::uint32_t colourRange = 0, colourMatrix = 2, colourTransfer = 2, colourPrimaries = 2;
  std::string caps;
  bool operator==(const RingFormat&) const = default;
};

class RingWriter {
 public:
  /// Memory of a raw frame while it is being written. Index into the arena's slots.
  struct Slot {
    std::uint32_t index;
    std::byte* data;
    std::size_t size;
  };

  /// Opens an existing ring for writing and goes on where the last writer ended: next sequence number,
  /// generation + 1, first frame marked as a discontinuity. When the appliance has to publish the name again
  /// with another file of this geometry, the writer moves over by itself, slots keep their addresses. One of
  /// another geometry needs another writer: this one publishes nothing any more. Throws RingError.
  static std::unique_ptr<RingWriter> open(const std::string& path);
  /// The same for a file that has its draft name yet and will get this one.
  static std::unique_ptr<RingWriter> openDraft(const std::string& path);
  ~RingWriter();
  RingWriter(const RingWriter&) = delete;
  RingWriter& operator=(const RingWriter&) = delete;

  /// Counts the generation up when the format differs from the last one.
  void setFormat(const RingFormat& format);
  /// Publishes the state and wakes readers. `reason` only with SLATE.
  void setState(teecam_ring_state state, const std::string& reason);
  /// The next published frame carries DISCONTINUITY.
  void markDiscontinuity();

  /// Raw rings: takes the free slot that was published longest ago and marks its old frame as gone. nullopt:
  /// all taken. The memory of slot i is the same for the writer's whole life.
  std::optional<Slot> takeSlot();
  /// Gives a slot back that was taken and not published.
  void returnSlot(std::uint32_t index);
  /// Publishes the first `size` bytes of a taken slot. The slot becomes free for reuse, after all the others.
  /// nullopt if the ring was replaced; then the next frame is a discontinuity.
  std::optional<std::uint64_t> publishSlot(std::uint32_t index, std::size_t size, const FrameMeta& meta);

  /// Encoded rings: copies `chunks` in as one frame. Sequence number, or nullopt if it is larger than the
  /// arena allows or the ring was replaced; then the next frame is a discontinuity.
  std::optional<std::uint64_t> publish(std::span<const std::span<const std::byte>> chunks,
                                       const FrameMeta& meta);

  /// Goes on with the numbers of a writer that has ended, of another file.
  void continueAfter(const RingWriter& before);
  /// Opens the ring's draft, which may be larger if it is for encoded frames. Throws RingError.
  void prepareMove();
  /// From here on frames go into the draft, with the next numbers; nothing is lost.
  void move();
  /// The draft is not wanted any more.
  void stay();
  /// Whether its file is the one that has the ring's name.
  bool hasName() const;

  /// Presence locks on the ring.
  unsigned readers() const;
  /// Of a raw ring; 0: it is for encoded frames.
  std::uint64_t slotSize() const;
  /// For tests and tools: valid until the writer moves to another file.
  const teecam_ring_header& header() const;

 private:
  class Impl;
  explicit RingWriter(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace teecam
