// Thread: one at a time; the caller's lock.
// Owns: numbers.
// Ends: never.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace teecam {

/// How many RTSP clients may be there, by place: `CAM/STREAM`, `CAM`, and the empty text for all. What is not
/// listed is not limited.
using RtspRoom = std::map<std::string, unsigned>;

/// The places that a viewer of `CAM/STREAM` takes, the narrowest first. None, for a mount that has no place.
inline std::vector<std::string> placesOf(const std::string& place) {
  if (place.empty()) return {};
  return {place, place.substr(0, place.find('/')), ""};
}

}  // namespace teecam
