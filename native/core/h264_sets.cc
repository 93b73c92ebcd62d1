#include "core/h264_sets.h"

#include <cstdio>

#include "core/mp4_boxes.h"

namespace teecam {

namespace {

constexpr std::byte kBaseline{66}, kMain{77}, kExtended{88};

void append(std::vector<std::vector<std::byte>>& sets, Nal nal) {
  sets.emplace_back(nal.begin(), nal.end());
}

}  // namespace

H264Sets H264Sets::of(const std::vector<Nal>& units) {
  H264Sets sets;
  for (const Nal unit : units) {
    if (nalType(unit) == NalType::sequenceSet) append(sets.sequence, unit);
    if (nalType(unit) == NalType::pictureSet) append(sets.picture, unit);
  }
  return sets;
}

std::string H264Sets::codecs() const {
  const auto& set = sequence.front();
  const auto at = [&](std::size_t i) { return std::to_integer<unsigned>(set[i]); };
  char text[12];
  std::snprintf(text, sizeof text, "avc1.%02X%02X%02X", at(1) & 0xff, at(2) & 0xff, at(3) & 0xff);
  return text;
}

std::vector<std::byte> H264Sets::configuration() const {
  Mp4Boxes record;
  const auto& set = sequence.front();
  record.u8({1});
  record.raw(std::span(set).subspan(1, 3));   // profile, what it is compatible with, level
  record.u8({0xff, 0xe0 | sequence.size()});  // lengths in front of units have four bytes
  for (const auto& one : sequence) {
    record.u16({one.size()});
    record.raw(one);
  }
  record.u8({picture.size()});
  for (const auto& one : picture) {
    record.u16({one.size()});
    record.raw(one);
  }
  // From High on it says more: 4:2:0 with eight bits, the only pictures that streams have.
  if (set[1] != kBaseline && set[1] != kMain && set[1] != kExtended) record.u8({0xfd, 0xf8, 0xf8, 0});
  return record.take();
}

}  // namespace teecam
