// Thread: any. Owns: copies of the units. Ends: with its scope.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/annex_b.h"

namespace teecam {

/// The parameter sets in front of a key frame: what a decoder has to know first.
struct H264Sets {
  std::vector<std::vector<std::byte>> sequence, picture;

  static H264Sets of(const std::vector<Nal>& units);
  bool complete() const { return !sequence.empty() && !picture.empty() && sequence.front().size() >= 4; }
  /// `avc1.42C01E` (RFC 6381). Only of complete sets.
  std::string codecs() const;
  /// AVCDecoderConfigurationRecord (ISO/IEC 14496-15). Only of complete sets.
  std::vector<std::byte> configuration() const;
  bool operator==(const H264Sets&) const = default;
};

}  // namespace teecam
