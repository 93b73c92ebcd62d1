#include "core/ts_writer.h"

#include <doctest/doctest.h>

#include <map>
#include <optional>
#include <random>

#include "h264_fixture.h"

using namespace teecam;
using namespace teecam::test;

namespace {

constexpr std::size_t kPacket = 188;

struct Pes {
  std::string data;
  std::uint64_t pts = 0;
  std::optional<std::uint64_t> dts;
  std::uint64_t pcr = 0;
  bool randomAccess = false;
};

/// A demultiplexer that forgives nothing.
class Reader {
 public:
  void read(const Bytes& chunk) {
    REQUIRE(chunk.size() % kPacket == 0);
    pids.clear();
    for (std::size_t at = 0; at < chunk.size(); at += kPacket) packet(std::span(chunk).subspan(at, kPacket));
  }

  std::vector<std::uint64_t> pids;  // of the last chunk
  Pes pes;                          // the last

 private:
  void packet(std::span<const std::byte> bytes) {
    REQUIRE(number(bytes, 0, 1) == 0x47);
    const auto pid = number(bytes, 1, 2) & 0x1fff;
    const bool begins = (number(bytes, 1, 1) & 0x40) != 0;
    const auto control = number(bytes, 3, 1);
    REQUIRE((control & 0xd0) == 0x10);  // has a payload, is not scrambled
    const auto [known, isNew] = counters_.try_emplace(pid, control & 0xf);
    if (!isNew) REQUIRE((control & 0xf) == ((known->second + 1) & 0xf));
    known->second = control & 0xf;
    if (begins) pids.push_back(pid);
    auto payload = bytes.subspan(4);
    if (control & 0x20) {
      const auto length = number(payload, 0, 1);
      REQUIRE(length < payload.size());
      if (begins) clock(payload);
      payload = payload.subspan(1 + length);
    }
    if (pid != 0x100) return section(payload);
    if (begins) payload = header(payload);
    pes.data.append(reinterpret_cast<const char*>(payload.data()), payload.size());
  }

  void clock(std::span<const std::byte> field) {
    pes = {};
    const auto flags = number(field, 1, 1);
    REQUIRE((flags & 0x10) != 0);
    pes.randomAccess = (flags & 0x40) != 0;
    pes.pcr = number(field, 2, 5) >> 7;
  }

  std::span<const std::byte> header(std::span<const std::byte> payload) {
    REQUIRE(number(payload, 0, 4) == 0x1e0);
    pes.pts = time(payload, 9);
    if (number(payload, 7, 1) & 0x40) pes.dts = time(payload, 14);
    return payload.subspan(9 + number(payload, 8, 1));
  }

  static std::uint64_t time(std::span<const std::byte> bytes, std::size_t at) {
    REQUIRE((number(bytes, at, 1) & number(bytes, at + 2, 1) & number(bytes, at + 4, 1) & 1) == 1);
    return (number(bytes, at, 1) >> 1 & 7) << 30 | number(bytes, at + 1, 2) >> 1 << 15 |
           number(bytes, at + 3, 2) >> 1;
  }

  /// The checksum over a section with its own is zero.
  static void section(std::span<const std::byte> payload) {
    const auto length = 3 + (number(payload, 2, 2) & 0xfff);
    std::uint32_t crc = 0xffff'ffff;
    for (const auto byte : payload.subspan(1, length)) {
      crc ^= std::to_integer<std::uint32_t>(byte) << 24;
      for (int bit = 0; bit < 8; bit++) crc = crc << 1 ^ (crc & 0x8000'0000 ? 0x04c1'1db7 : 0);
    }
    REQUIRE(crc == 0);
  }

  std::map<std::uint64_t, std::uint64_t> counters_;
};

Bytes write(TsWriter& writer, const std::string& frame, bool key, std::int64_t captureNs) {
  const Bytes data = bytesOf(frame);
  std::vector<MuxedChunk> chunks;
  writer.write(unitOf(data, key, captureNs), chunks);
  REQUIRE(chunks.size() == 1);
  CHECK(chunks[0].key == key);
  CHECK(chunks[0].captureNs == captureNs);
  CHECK_FALSE(chunks[0].header);
  return chunks[0].data;
}

const std::string delimiter = annexB({"\x09\xf0"});

}  // namespace

TEST_CASE("a transport stream gives back frames of every size, in whole packets without a gap") {
  TsWriter writer;
  Reader reader;
  std::int64_t at = 5'000'000'000;
  for (std::size_t size = 1; size < 800; size++) {
    const bool key = size % 10 == 1;
    const std::string frame = key ? keyFrame(size) : otherFrame(size);
    reader.read(write(writer, frame, key, at));
    REQUIRE(reader.pes.data == delimiter + frame);
    REQUIRE(reader.pes.randomAccess == key);
    at += 33'333'333;
  }
}

TEST_CASE("a transport stream has its tables before every key frame, and now and then between") {
  TsWriter writer;
  Reader reader;
  const std::vector<std::uint64_t> withTables{0, 0x1000, 0x100}, without{0x100};
  const auto pids = [&](bool key, std::int64_t ms) {
    reader.read(write(writer, key ? keyFrame() : otherFrame(), key, 1'000'000'000 + ms * 1'000'000));
    return reader.pids;
  };
  CHECK(pids(true, 0) == withTables);
  CHECK(pids(false, 33) == without);
  CHECK(pids(true, 66) == withTables);
  CHECK(pids(false, 500) == without);
  CHECK(pids(false, 566) == withTables);
  CHECK(pids(false, 600) == without);
}

TEST_CASE("a transport stream's times are those of capture, its clock runs behind, and both wrap") {
  TsWriter writer;
  Reader reader;
  reader.read(write(writer, keyFrame(), true, 7'000'000'000));
  const auto begin = reader.pes.pts;
  CHECK_FALSE(reader.pes.dts);
  reader.read(write(writer, otherFrame(), false, 7'500'000'000));
  CHECK(reader.pes.pts - begin == 45'000);
  CHECK(reader.pes.pcr == reader.pes.pts - 9'000);
  constexpr std::int64_t afterWrap = (1ll << 33) * 100'000 / 9 + 7'000'000'000;
  reader.read(write(writer, keyFrame(), true, afterWrap));
  CHECK(reader.pes.pts < 90'000 * 10);

  Bytes data = bytesOf(otherFrame());
  AccessUnit reordered = unitOf(data, false, afterWrap + 200'000'000);
  reordered.decodeNs -= 100'000'000;
  std::vector<MuxedChunk> chunks;
  writer.write(reordered, chunks);
  reader.read(chunks.at(0).data);
  REQUIRE(reader.pes.dts);
  CHECK(reader.pes.pts - *reader.pes.dts == 9'000);
}

TEST_CASE("a frame that has an access unit delimiter gets no second one") {
  TsWriter writer;
  Reader reader;
  const std::string frame = delimiter + keyFrame();
  reader.read(write(writer, frame, true, 1'000'000'000));
  CHECK(reader.pes.data == frame);
}
