#include "core/mp4_writer.h"

#include <algorithm>
#include <utility>

#include "core/mp4_boxes.h"

namespace teecam {

namespace {

constexpr std::uint64_t kTimescale = 90'000;
constexpr std::uint64_t kTrack = 1;
constexpr std::int64_t kUnknownDuration = kTimescale / 30;
/// After a longer gap decoding times go on where the camera is, not where they stood. At key frames only.
constexpr std::int64_t kLongestBridge = kTimescale;
/// Identity, as the format writes it: 16.16, 16.16 and 2.30.
constexpr std::uint64_t kOne = 0x10000, kUnit = 0x40000000;
/// ISO/IEC 14496-12, 8.8.3.1.
constexpr std::uint64_t kKeySample = 0x0200'0000, kOtherSample = 0x0101'0000;

std::int64_t to90kHz(std::int64_t ns) {
  return ns / 100'000 * 9 + ns % 100'000 * 9 / 100'000;
}

void writeMatrix(Mp4Boxes& boxes) {
  boxes.u32({kOne, 0, 0, 0, kOne, 0, 0, 0, kUnit});
}

void writeSampleEntry(Mp4Boxes& boxes, const AccessUnit& unit, const H264Sets& sets) {
  boxes.box("avc1", [&] {
    boxes.zeros(6);
    boxes.u16({1});  // data reference
    boxes.zeros(16);
    boxes.u16({unit.width, unit.height});
    boxes.u32({0x480000, 0x480000, 0});  // 72 dots an inch
    boxes.u16({1});                      // frames in a sample
    boxes.zeros(32);                     // the compressor's name
    boxes.u16({24, 0xffff});
    boxes.box("avcC", [&] { boxes.raw(sets.configuration()); });
  });
}

void writeSampleTable(Mp4Boxes& boxes, const AccessUnit& unit, const H264Sets& sets) {
  boxes.box("stbl", [&] {
    boxes.fullBox("stsd", 0, 0, [&] {
      boxes.u32({1});
      writeSampleEntry(boxes, unit, sets);
    });
    // Empty: the samples are in fragments.
    for (const auto* type : {"stts", "stsc", "stco"}) boxes.fullBox(type, 0, 0, [&] { boxes.u32({0}); });
    boxes.fullBox("stsz", 0, 0, [&] { boxes.u32({0, 0}); });
  });
}

void writeMedia(Mp4Boxes& boxes, const AccessUnit& unit, const H264Sets& sets) {
  boxes.box("mdia", [&] {
    constexpr std::uint64_t undetermined = 0x55c4;  // the language
    boxes.fullBox("mdhd", 0, 0, [&] {
      boxes.u32({0, 0, kTimescale, 0});
      boxes.u16({undetermined, 0});
    });
    boxes.fullBox("hdlr", 0, 0, [&] {
      boxes.u32({0});
      boxes.text("vide");
      boxes.zeros(12);
      boxes.text("camera");
      boxes.u8({0});
    });
    boxes.box("minf", [&] {
      boxes.fullBox("vmhd", 0, 1, [&] { boxes.zeros(8); });
      boxes.box("dinf", [&] {
        boxes.fullBox("dref", 0, 0, [&] {
          boxes.u32({1});
          constexpr std::uint32_t inThisFile = 1;
          boxes.fullBox("url ", 0, inThisFile, [] {});
        });
      });
      writeSampleTable(boxes, unit, sets);
    });
  });
}

void writeTrack(Mp4Boxes& boxes, const AccessUnit& unit, const H264Sets& sets) {
  boxes.box("trak", [&] {
    constexpr std::uint32_t enabledInMovieAndPreview = 7;
    boxes.fullBox("tkhd", 0, enabledInMovieAndPreview, [&] {
      boxes.u32({0, 0, kTrack, 0, 0, 0, 0, 0, 0});
      writeMatrix(boxes);
      boxes.u16({unit.width, 0, unit.height, 0});
    });
    writeMedia(boxes, unit, sets);
  });
}

}  // namespace

void Mp4Writer::write(const AccessUnit& unit, std::vector<MuxedChunk>& to) {
  const auto units = nalUnits(unit.data);
  if (unit.key) {
    auto sets = H264Sets::of(units);
    const bool other = sets != sets_ || unit.width != width_ || unit.height != height_;
    if (sets.complete() && other) {
      sets_ = std::move(sets);
      width_ = unit.width;
      height_ = unit.height;
      to.push_back(header(unit));
    }
  }
  // Without them nothing that follows can be decoded.
  if (sets_.complete()) to.push_back(fragment(unit, units));
}

MuxedChunk Mp4Writer::header(const AccessUnit& unit) const {
  Mp4Boxes boxes;
  boxes.box("ftyp", [&] {
    boxes.text("iso6");
    boxes.u32({0});
    boxes.text("iso6iso5avc1mp41");
  });
  boxes.box("moov", [&] {
    boxes.fullBox("mvhd", 0, 0, [&] {
      boxes.u32({0, 0, kTimescale, 0, kOne});  // plays at its own speed
      boxes.u16({0x100, 0});                   // at full volume
      boxes.zeros(8);
      writeMatrix(boxes);
      boxes.zeros(24);
      boxes.u32({kTrack + 1});
    });
    writeTrack(boxes, unit, sets_);
    boxes.box("mvex", [&] { boxes.fullBox("trex", 0, 0, [&] { boxes.u32({kTrack, 1, 0, 0, 0}); }); });
  });
  MuxedChunk chunk;
  chunk.header = true;
  chunk.captureNs = unit.captureNs;
  chunk.codecs = sets_.codecs();
  chunk.width = unit.width;
  chunk.height = unit.height;
  chunk.data = boxes.take();
  return chunk;
}

MuxedChunk Mp4Writer::fragment(const AccessUnit& unit, const std::vector<Nal>& units) {
  const Times times = timesOf(unit);
  Mp4Boxes boxes;
  boxes.reserve(unit.data.size() + 256);
  std::size_t sizeAt = 0, offsetAt = 0;
  boxes.box("moof", [&] {
    boxes.fullBox("mfhd", 0, 0, [&] { boxes.u32({++sequence_}); });
    boxes.box("traf", [&] {
      constexpr std::uint32_t offsetsFromHere = 0x20000;
      boxes.fullBox("tfhd", 0, offsetsFromHere, [&] { boxes.u32({kTrack}); });
      boxes.fullBox("tfdt", 1, 0, [&] { boxes.u64({static_cast<std::uint64_t>(times.decode)}); });
      constexpr std::uint32_t dataOffset = 0x1, durationSizeFlagsAndOffset = 0xf00;
      boxes.fullBox("trun", 1, dataOffset | durationSizeFlagsAndOffset, [&] {
        boxes.u32({1});
        offsetAt = boxes.size();
        boxes.u32({0, static_cast<std::uint64_t>(times.duration)});
        sizeAt = boxes.size();
        boxes.u32({0, unit.key ? kKeySample : kOtherSample, static_cast<std::uint64_t>(times.offset)});
      });
    });
  });
  std::size_t dataAt = 0;
  boxes.box("mdat", [&] {
    dataAt = boxes.size();
    for (const Nal nal : units) {
      const NalType type = nalType(nal);
      // The sets are in the header, and delimiters are of byte streams.
      if (type == NalType::sequenceSet || type == NalType::pictureSet || type == NalType::delimiter) continue;
      boxes.u32({nal.size()});
      boxes.raw(nal);
    }
  });
  boxes.patch32(offsetAt, dataAt);
  boxes.patch32(sizeAt, boxes.size() - dataAt);
  MuxedChunk chunk;
  chunk.key = unit.key;
  chunk.captureNs = unit.captureNs;
  chunk.data = boxes.take();
  return chunk;
}

/// A frame is decoded half a frame time before it is due: so it may come somewhat early, too.
Mp4Writer::Times Mp4Writer::timesOf(const AccessUnit& unit) {
  const std::int64_t half = (unit.durationNs > 0 ? to90kHz(unit.durationNs) : kUnknownDuration) / 2;
  if (!beginNs_) beginNs_ = unit.decodeNs - half * 100'000 / 9;
  const std::int64_t due = std::max<std::int64_t>(to90kHz(unit.decodeNs - *beginNs_), 0);
  if (unit.key && due - next_ > kLongestBridge) next_ = due - half;
  const std::int64_t decode = next_;
  next_ = std::max(due + half, decode + 1);
  return {decode, next_ - decode, to90kHz(unit.captureNs - *beginNs_) - decode};
}

}  // namespace teecam
