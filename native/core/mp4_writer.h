// Thread: one at a time.
// Owns: the parameter sets of what it writes, and where its time stands.
// Ends: with its muxer.
#pragma once

#include <optional>

#include "core/h264_sets.h"
#include "core/media_writer.h"

namespace teecam {

/// Fragmented MP4 (ISO/IEC 14496-12) of one H.264 stream. A frame is a fragment, and is out at once: how long
/// it lasts is not known before the next one, so a fragment says how long the one before it lasted. The
/// composition offset puts each frame at its time of capture all the same, and decoding times have no gap: a
/// browser's MSE throws away what follows one, up to the next key frame.
class Mp4Writer final : public MediaWriter {
 public:
  void write(const AccessUnit& unit, std::vector<MuxedChunk>& to) override;

 private:
  struct Times {
    std::int64_t decode, duration, offset;  // in 90 kHz
  };

  MuxedChunk header(const AccessUnit& unit) const;
  MuxedChunk fragment(const AccessUnit& unit, const std::vector<Nal>& units);
  Times timesOf(const AccessUnit& unit);

  H264Sets sets_;
  std::uint32_t width_ = 0, height_ = 0;
  std::uint32_t sequence_ = 0;
  std::optional<std::int64_t> beginNs_;
  std::int64_t next_ = 0;  // decoding time of the frame to come
};

}  // namespace teecam
