// Thread: one at a time.
// Owns: what a container has to remember from frame to frame.
// Ends: with its muxer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace teecam {

enum class Container { mpegTs, mp4 };

/// A frame of H.264 in Annex B. Times are CLOCK_MONOTONIC.
struct AccessUnit {
  std::span<const std::byte> data;
  bool key = false;
  std::int64_t captureNs = 0;  // when it is shown, too
  std::int64_t decodeNs = 0;
  std::int64_t durationNs = 0;  // nominal; 0: unknown
  std::uint32_t width = 0, height = 0;
};

/// Bytes that belong together: a viewer gets all of them or none.
struct MuxedChunk {
  std::vector<std::byte> data;
  /// MP4: ftyp and moov of what follows. What came before it cannot be played with it.
  bool header = false;
  /// A viewer can begin here.
  bool key = false;
  std::int64_t captureNs = 0;
  /// With a header: as RFC 6381 has it, and pixels.
  std::string codecs;
  std::uint32_t width = 0, height = 0;
};

class MediaWriter {
 public:
  static std::unique_ptr<MediaWriter> make(Container container);
  virtual ~MediaWriter() = default;
  /// Appends what the frame becomes. The first frame must be a key frame.
  virtual void write(const AccessUnit& unit, std::vector<MuxedChunk>& to) = 0;
};

}  // namespace teecam
