// Thread: any; the writer's lock orders taking and returning.
// Owns: a taken slot of the ring, and a reference to the writer.
// Ends: when the memory is freed; an unpublished slot goes back to the ring.
#pragma once

#include <gst/gst.h>

#include <cstdint>
#include <memory>
#include <optional>

#include "core/ring_writer.h"

namespace teecam {

/// GstMemory of `size` bytes on a free slot; nullptr when none is free or slots are smaller. Transfer full.
GstMemory* newSlotMemory(const std::shared_ptr<RingWriter>& writer, std::size_t size);

/// See claimSlot.
std::optional<std::uint32_t> claimSlotMemory(GstMemory* memory, const RingWriter& writer);

}  // namespace teecam
