// Thread: any.
// Owns: nothing.
// Ends: never.
#pragma once

#include <cstdint>
#include <optional>

namespace teecam {

/// What came to this process by the TCP connections that it has made, as the kernel says.
struct NetworkReading {
  std::uint64_t bytes = 0;
  std::uint64_t segments = 0;
  std::uint64_t outOfOrder = 0;   // of these: what came before was lost, or was overtaken
  std::uint64_t roundTripNs = 0;  // of the connection that carried most
};

/// Of all that are open, since each was made; nothing where there is none. A worker connects to its camera
/// alone. Connections that others made to this process do not count.
std::optional<NetworkReading> readNetwork();

}  // namespace teecam
