// Thread: any; the writer's lock orders taking, returning and publishing of slots.
// Owns: a reference to the ring's writer: in the pool, and in each buffer until it is freed.
// Ends: the pool with the branch that uses it; after a renegotiation the old one lives on beside the new one
//       until its last buffer is gone, and both take from the same slots.
#pragma once

#include <gst/gst.h>
#include <gst/video/video.h>

#include <cstdint>
#include <memory>
#include <optional>

#include "core/ring_layout.h"
#include "core/ring_writer.h"

namespace teecam {

/// A configured pool whose buffers are slots of the ring, so that upstream writes its output straight into
/// shared memory. A slot is taken, and its old frame invalidated, when a buffer is acquired; it goes back to
/// the ring when the buffer is freed, unless it was published. Acquiring never waits: while no slot is free
/// the pool gives ordinary memory, whose frame is then copied, or dropped. Transfer full.
GstBufferPool* newRingPool(std::shared_ptr<RingWriter> writer, GstCaps* caps, const GstVideoInfo& info);

/// A buffer on a free slot, laid out by FrameLayout::of; nullptr when none is free or the slots are too
/// small. Transfer full.
GstBuffer* newSlotBuffer(const std::shared_ptr<RingWriter>& writer, const GstVideoInfo& info);

/// The slot on which `buffer` lies, if it is one of this writer and was not published yet. From then on the
/// slot is the caller's to publish: freeing the buffer does not return it.
std::optional<std::uint32_t> claimSlot(GstBuffer* buffer, const RingWriter& writer);

}  // namespace teecam
