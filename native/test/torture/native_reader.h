// Thread: one, in a process of its own.
// Owns: nothing.
// Ends: with the ring.
#pragma once

#include <string>

namespace teecam::test {

/// Reads with RingReader. Ends the process with 3 at a fault.
void tortureNativeReader(const std::string& path, unsigned seed);

}  // namespace teecam::test
