// Thread: any. Owns: plain values. Ends: with its scope.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "core/ring_reader.h"

namespace teecam {

/// Bytes of a ring's frame arranged as its caps alone say: rows of raw pictures are padded to four bytes, as
/// GStreamer does by default, where the ring pads them to sixty-four. `format`: GStreamer's name; empty for
/// encoded frames, which stay as they are.
std::size_t packedSize(const RingFrame& frame, const std::string& format);
void packFrame(const RingFrame& frame, const std::string& format, std::span<std::byte> to);

}  // namespace teecam
