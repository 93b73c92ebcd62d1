// Thread: any. Owns: nothing; the units lie in the bytes that were given. Ends: never.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace teecam {

using Nal = std::span<const std::byte>;

enum class NalType : std::uint8_t { slice = 1, keySlice = 5, sequenceSet = 7, pictureSet = 8, delimiter = 9 };

/// The units of an H.264 access unit in Annex B, without their start codes. None is empty.
std::vector<Nal> nalUnits(std::span<const std::byte> accessUnit);

inline NalType nalType(Nal nal) {
  return static_cast<NalType>(std::to_integer<std::uint8_t>(nal.front()) & 0x1f);
}

}  // namespace teecam
