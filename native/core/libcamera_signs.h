// Thread: any. Owns: plain values. Ends: with its scope.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace teecam {

/// What a capture node says of itself.
struct NodeFacts {
  std::string driver;
  std::uint32_t capabilities = 0;    // of the node, not of the whole device
  std::vector<std::string> formats;  // all that it lists, in the kernel's words
};

/// Whether a node is a part of a camera that only libcamera, or what a board has in its place, can put
/// together: it gives a sensor's own data, or what an image processor makes of it once somebody has set that
/// up.
bool needsLibcamera(const NodeFacts& node);

}  // namespace teecam
