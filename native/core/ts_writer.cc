#include "core/ts_writer.h"

#include <algorithm>

#include "core/annex_b.h"

namespace teecam {

namespace {

constexpr std::size_t kPacket = 188;
constexpr std::size_t kPacketHeader = 4;
/// Length, flags and the clock.
constexpr std::size_t kClockField = 8;
constexpr std::uint8_t kH264 = 0x1b;
constexpr std::uint16_t kProgramNumber = 1;
/// The first frame's; whatever is reordered before it stays above zero.
constexpr std::int64_t kBeginNs = 1'000'000'000;
/// The clock runs so far behind the frames: a frame's bytes have to arrive before its time.
constexpr std::uint64_t kClockBehind = 90'000 / 10;
/// Between key frames the tables come again for receivers that tune in by themselves.
constexpr std::int64_t kTablesNs = 500'000'000;

std::byte low(std::uint64_t value) {
  return static_cast<std::byte>(value & 0xff);
}

void append(std::vector<std::byte>& to, std::initializer_list<std::uint64_t> values) {
  for (const auto value : values) to.push_back(low(value));
}

std::uint64_t to90kHz(std::int64_t ns) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(ns, 0)) * 9 / 100'000 & 0x1'ffff'ffff;
}

/// ISO/IEC 13818-1, annex A.
std::uint32_t crc32(const std::vector<std::byte>& bytes) {
  std::uint32_t crc = 0xffff'ffff;
  for (const auto byte : bytes) {
    crc ^= std::to_integer<std::uint32_t>(byte) << 24;
    for (int bit = 0; bit < 8; bit++) crc = crc << 1 ^ (crc & 0x8000'0000 ? 0x04c1'1db7 : 0);
  }
  return crc;
}

/// With the fields that all sections have in front, and the checksum behind.
std::vector<std::byte> section(std::uint8_t table, std::initializer_list<std::uint64_t> body) {
  constexpr std::size_t kAroundBody = 9;  // what the length counts beside the body
  std::vector<std::byte> bytes;
  const std::size_t length = body.size() + kAroundBody;
  // Both tables have the number 1 here, version 0, "in force now", and no second section.
  append(bytes, {table, 0xb0 | length >> 8, length, 0, kProgramNumber, 0xc1, 0, 0});
  append(bytes, body);
  const std::uint32_t crc = crc32(bytes);
  append(bytes, {crc >> 24, crc >> 16, crc >> 8, crc});
  return bytes;
}

/// 33 bits with a marker behind each part.
void appendTime(std::vector<std::byte>& to, std::uint64_t prefix, std::uint64_t time) {
  append(to, {prefix << 4 | (time >> 29 & 0x0e) | 1, time >> 22, time >> 14 | 1, time >> 7, time << 1 | 1});
}

bool beginsWithDelimiter(std::span<const std::byte> accessUnit) {
  // Only its beginning: a start code of three or four bytes, and the unit's own first byte.
  const auto units = nalUnits(accessUnit.first(std::min<std::size_t>(accessUnit.size(), 6)));
  return !units.empty() && nalType(units.front()) == NalType::delimiter;
}

}  // namespace

void TsWriter::write(const AccessUnit& unit, std::vector<MuxedChunk>& to) {
  if (!beginNs_) beginNs_ = unit.decodeNs - kBeginNs;
  const std::uint64_t pts = to90kHz(unit.captureNs - *beginNs_);
  const std::uint64_t dts = to90kHz(unit.decodeNs - *beginNs_);
  makePes(unit, pts, dts);

  MuxedChunk chunk;
  chunk.key = unit.key;
  chunk.captureNs = unit.captureNs;
  chunk.data.reserve(pes_.size() + pes_.size() / 32 + 4 * kPacket);
  if (unit.key || unit.decodeNs - tablesNs_ >= kTablesNs) {
    tablesNs_ = unit.decodeNs;
    writeTables(chunk.data);
  }
  writePes(chunk.data, unit.key, (dts - kClockBehind) & 0x1'ffff'ffff);
  to.push_back(std::move(chunk));
}

void TsWriter::writeTables(Bytes& to) {
  const std::uint64_t program = program_.pid, video = video_.pid;
  writeSection(to, tables_, section(0, {0, kProgramNumber, 0xe0 | program >> 8, program}));
  writeSection(to, program_,
               section(2, {0xe0 | video >> 8, video, 0xf0, 0, kH264, 0xe0 | video >> 8, video, 0xf0, 0}));
}

/// Sections of ours fit into one packet.
void TsWriter::writeSection(Bytes& to, Channel& channel, const Bytes& bytes) {
  const std::size_t end = to.size() + kPacket;
  append(to, {0x47, 0x40u | channel.pid >> 8, channel.pid, 0x10u | (channel.counter++ & 0xf), 0});
  to.insert(to.end(), bytes.begin(), bytes.end());
  to.resize(end, std::byte{0xff});
}

void TsWriter::makePes(const AccessUnit& unit, std::uint64_t pts, std::uint64_t dts) {
  pes_.clear();
  // A video's length may be left open. The data begins with the frame.
  const bool reordered = pts != dts;
  append(pes_, {0, 0, 1, 0xe0, 0, 0, 0x84, reordered ? 0xc0u : 0x80u, reordered ? 10u : 5u});
  appendTime(pes_, reordered ? 3 : 2, pts);
  if (reordered) appendTime(pes_, 1, dts);
  // Every frame begins with an access unit delimiter here, which not every encoder writes.
  if (!beginsWithDelimiter(unit.data)) append(pes_, {0, 0, 0, 1, 9, 0xf0});
  pes_.insert(pes_.end(), unit.data.begin(), unit.data.end());
}

void TsWriter::writePes(Bytes& to, bool key, std::uint64_t pcr) {
  std::span<const std::byte> left(pes_);
  for (bool first = true; !left.empty(); first = false) {
    const std::size_t end = to.size() + kPacket;
    const std::size_t smallest = first ? kClockField : 0;
    const std::size_t taken = std::min(left.size(), kPacket - kPacketHeader - smallest);
    const std::size_t field = kPacket - kPacketHeader - taken;  // with what fills up the last packet
    append(to, {0x47, (first ? 0x40u : 0u) | video_.pid >> 8, video_.pid,
                (field > 0 ? 0x30u : 0x10u) | (video_.counter++ & 0xf)});
    if (field > 0) append(to, {field - 1});
    if (field > 1) append(to, {first ? (key ? 0x50u : 0x10u) : 0u});
    if (first) append(to, {pcr >> 25, pcr >> 17, pcr >> 9, pcr >> 1, pcr << 7 | 0x7e, 0});
    to.resize(end - taken, std::byte{0xff});
    to.insert(to.end(), left.begin(), left.begin() + static_cast<std::ptrdiff_t>(taken));
    left = left.subspan(taken);
  }
}

}  // namespace teecam
