// Thread: any; the counting happens on streaming threads.
// Owns: a counter per metered element, kept by the element and by its pad's probe.
// Ends: a counter with its element.
#pragma once

#include <gst/gst.h>

#include <cstdint>
#include <map>
#include <string>

namespace teecam {

/// What an element has seen since it was made.
struct NodeFlow {
  std::uint64_t entered = 0;  // buffers that came to its sink pad
  std::uint64_t lost = 0;     // of these, gone although somebody wanted them: a leaky queue, a ring sink
};

/// By the element's name, which is the node's id.
using Flow = std::map<std::string, NodeFlow>;

/// Begins to count. One probe on the sink pad: an addition for each buffer, whatever its size.
void meterElement(GstElement* element);

/// Of the metered elements that are in `bin` now, those within its bins left out. One without a sink pad has
/// nothing to count, and is left out too.
Flow flowOf(GstBin* bin);

}  // namespace teecam
