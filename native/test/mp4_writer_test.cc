#include "core/mp4_writer.h"

#include <doctest/doctest.h>

#include <random>

#include "h264_fixture.h"

using namespace teecam;
using namespace teecam::test;

namespace {

struct Box {
  std::string type;
  std::span<const std::byte> body;
};

std::vector<Box> boxes(std::span<const std::byte> bytes) {
  std::vector<Box> all;
  while (!bytes.empty()) {
    const auto size = number(bytes, 0, 4);
    REQUIRE(size >= 8);
    REQUIRE(size <= bytes.size());
    all.push_back(
        {std::string(reinterpret_cast<const char*>(bytes.data()) + 4, 4), bytes.subspan(8, size - 8)});
    bytes = bytes.subspan(size);
  }
  return all;
}

/// The body of the box that is reached by these names.
std::span<const std::byte> inside(std::span<const std::byte> bytes, const std::vector<std::string>& path) {
  for (const auto& name : path) {
    bool found = false;
    for (const auto& box : boxes(bytes)) {
      if (box.type != name) continue;
      bytes = box.body;
      found = true;
      break;
    }
    REQUIRE_MESSAGE(found, name);
  }
  return bytes;
}

struct Fragment {
  std::int64_t decode, duration, offset;
  bool key;
  std::vector<std::string> units;
};

Fragment parse(const Bytes& chunk) {
  const auto all = boxes(chunk);
  REQUIRE(all.size() == 2);
  REQUIRE(all[1].type == "mdat");
  const auto traf = inside(chunk, {"moof", "traf"});
  const auto run = inside(traf, {"trun"});
  REQUIRE(number(run, 0, 4) == 0x01000f01);
  REQUIRE(number(run, 4, 4) == 1);
  auto data = all[1].body;
  CHECK(chunk.data() + number(run, 8, 4) == data.data());
  CHECK(number(run, 16, 4) == data.size());
  Fragment fragment{static_cast<std::int64_t>(number(inside(traf, {"tfdt"}), 4, 8)),
                    static_cast<std::int64_t>(number(run, 12, 4)),
                    static_cast<std::int32_t>(number(run, 24, 4)),
                    number(run, 20, 4) == 0x0200'0000,
                    {}};
  while (!data.empty()) {
    const auto size = number(data, 0, 4);
    fragment.units.emplace_back(reinterpret_cast<const char*>(data.data()) + 4, size);
    data = data.subspan(4 + size);
  }
  return fragment;
}

std::vector<MuxedChunk> write(Mp4Writer& writer, const std::string& frame, bool key, std::int64_t captureNs,
                              std::int64_t durationNs = 33'333'333) {
  const Bytes data = bytesOf(frame);
  std::vector<MuxedChunk> chunks;
  writer.write(unitOf(data, key, captureNs, durationNs), chunks);
  return chunks;
}

}  // namespace

TEST_CASE("an MP4 begins with a header that says what follows, and has another one when that changes") {
  Mp4Writer writer;
  auto chunks = write(writer, keyFrame(), true, 1'000'000'000);
  REQUIRE(chunks.size() == 2);
  CHECK(chunks[0].header);
  CHECK(chunks[0].codecs == "avc1.42C01F");
  CHECK(chunks[0].width == 640);
  CHECK(boxes(chunks[0].data).front().type == "ftyp");
  const auto entry = inside(chunks[0].data, {"moov", "trak", "mdia", "minf", "stbl", "stsd"}).subspan(8);
  const auto avc1 = inside(entry, {"avc1"});
  CHECK(number(avc1, 24, 2) == 640);
  CHECK(number(avc1, 26, 2) == 480);
  const auto record = inside(avc1.subspan(78), {"avcC"});
  CHECK(number(record, 0, 6) == 0x0142c01fffe1);
  CHECK(std::string(reinterpret_cast<const char*>(record.data()) + 8, 5) == sps());
  CHECK(inside(chunks[0].data, {"moov", "mvex", "trex"}).size() == 24);

  CHECK(write(writer, otherFrame(), false, 1'033'000'000).size() == 1);
  CHECK(write(writer, keyFrame(), true, 1'066'000'000).size() == 1);
  chunks = write(writer, keyFrame(100, '\x28'), true, 1'100'000'000);
  REQUIRE(chunks.size() == 2);
  CHECK(chunks[0].codecs == "avc1.42C028");
}

TEST_CASE("an MP4 fragment holds a frame without what is in the header") {
  Mp4Writer writer;
  const std::string sei = "\x06sei", delimiter = "\x09\xf0";
  auto chunks = write(writer, annexB({delimiter, sps(), pps(), sei, slice(9, true)}), true, 1'000'000'000);
  CHECK(parse(chunks.at(1).data).units == std::vector<std::string>{sei, slice(9, true)});
  CHECK(parse(chunks.at(1).data).key);
  chunks = write(writer, annexB({slice(5, false), slice(7, false)}), false, 1'033'000'000);
  CHECK(parse(chunks.at(0).data).units == std::vector<std::string>{slice(5, false), slice(7, false)});
  CHECK_FALSE(parse(chunks.at(0).data).key);
}

TEST_CASE("frames without parameter sets are no MP4") {
  Mp4Writer writer;
  CHECK(write(writer, annexB({slice(9, true)}), true, 1'000'000'000).empty());
  CHECK(write(writer, otherFrame(), false, 1'033'000'000).empty());
  CHECK(write(writer, keyFrame(), true, 1'066'000'000).size() == 2);
}

TEST_CASE("MP4 times: decoding has no gap whatever the camera does, and frames are shown when captured") {
  std::mt19937 random(7);
  std::uniform_int_distribution<std::int64_t> jitter(-15'000'000, 15'000'000);
  Mp4Writer writer;
  std::int64_t at = 1'000'000'000, next = 0, first = 0;
  for (int i = 0; i < 2000; i++) {
    const bool slates = i % 500 > 400;  // 5 frames a second, after a gap of a second or more
    const auto chunk = write(writer, i == 0 ? keyFrame() : otherFrame(), i == 0, at + jitter(random),
                             slates ? 200'000'000 : 33'333'333)
                           .back();
    const Fragment fragment = parse(chunk.data);
    CHECK(fragment.decode == next);
    REQUIRE(fragment.duration > 0);
    next = fragment.decode + fragment.duration;
    if (i == 0) first = chunk.captureNs - (fragment.decode + fragment.offset) * 100'000 / 9;
    const std::int64_t shownNs = (fragment.decode + fragment.offset) * 100'000 / 9 + first;
    REQUIRE(std::abs(shownNs - chunk.captureNs) < 50'000);
    // never more than a frame and what it came too late
    REQUIRE(fragment.offset > -90'000 * 0.2);
    at += slates ? 200'000'000 : 33'333'333;
    if (i % 500 == 400) at += 1'500'000'000;
  }
}

TEST_CASE("MP4 times of frames that are decoded in another order than shown") {
  Mp4Writer writer;
  constexpr std::int64_t frameNs = 40'000'000;
  // I P B B, P B B: decoded one after another, shown where they belong.
  const std::vector<std::int64_t> shown{0, 3, 1, 2, 6, 4, 5};
  std::vector<std::int64_t> times;
  std::int64_t next = 0;
  for (std::size_t i = 0; i < shown.size(); i++) {
    const Bytes data = bytesOf(i == 0 ? keyFrame() : otherFrame());
    auto unit = unitOf(data, i == 0, 1'000'000'000 + shown[i] * frameNs, frameNs);
    unit.decodeNs = 1'000'000'000 + (static_cast<std::int64_t>(i) - 1) * frameNs;
    std::vector<MuxedChunk> chunks;
    writer.write(unit, chunks);
    const Fragment fragment = parse(chunks.back().data);
    CHECK(fragment.decode == next);
    CHECK(fragment.offset >= 0);
    next = fragment.decode + fragment.duration;
    times.push_back(fragment.decode + fragment.offset);
  }
  for (std::size_t i = 1; i < shown.size(); i++) CHECK(std::abs(times[i] - times[0] - shown[i] * 3600) <= 1);
}

TEST_CASE("MP4 times go on where the camera is, at the first key frame after a long gap") {
  Mp4Writer writer;
  write(writer, keyFrame(), true, 1'000'000'000);
  const auto after = parse(write(writer, keyFrame(), true, 61'000'000'000).back().data);
  CHECK(std::abs(after.decode - 60 * 90'000) < 90);
  CHECK(after.offset > 0);
  CHECK(after.offset < 3000);
}
