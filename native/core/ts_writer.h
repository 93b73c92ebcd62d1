// Thread: one at a time.
// Owns: continuity counters and the stream's beginning.
// Ends: with its muxer.
#pragma once

#include <array>
#include <optional>

#include "core/media_writer.h"

namespace teecam {

/// MPEG-TS (ISO/IEC 13818-1) with one program of one H.264 stream. A frame is one chunk of whole packets; its
/// tables stand before every key frame. There are gaps in the times of a camera that stood still, never in
/// the continuity counters.
class TsWriter final : public MediaWriter {
 public:
  void write(const AccessUnit& unit, std::vector<MuxedChunk>& to) override;

 private:
  struct Channel {
    std::uint16_t pid;
    std::uint8_t counter = 0;
  };
  using Bytes = std::vector<std::byte>;

  void writeTables(Bytes& to);
  void writeSection(Bytes& to, Channel& channel, const Bytes& section);
  void makePes(const AccessUnit& unit, std::uint64_t pts, std::uint64_t dts);
  void writePes(Bytes& to, bool key, std::uint64_t pcr);

  Channel tables_{0};
  Channel program_{0x1000};
  Channel video_{0x100};
  std::optional<std::int64_t> beginNs_;
  std::int64_t tablesNs_ = 0;
  Bytes pes_;
};

}  // namespace teecam
