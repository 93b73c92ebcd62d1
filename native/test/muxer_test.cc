#include "core/muxer.h"

#include <doctest/doctest.h>

#include <atomic>
#include <random>

#include "core/annex_b.h"
#include "gst_fixture.h"
#include "h264_fixture.h"
#include "ring_fixture.h"

using namespace teecam;
using namespace teecam::test;

namespace {

std::int64_t now() {
  return std::chrono::nanoseconds(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// A ring of H.264, and what a muxer makes of it.
class Rig {
 public:
  Rig() : file_(RingFile::make(name_.path(), name_.options(encodedGeometry(1 << 20, 64)))) { newWriter(); }

  void newWriter() {
    writer_.reset();
    writer_ = RingWriter::open(name_.path());
    RingFormat format;
    format.fourcc = 'H' | '2' << 8 | '6' << 16 | '4' << 24;
    format.width = 640;
    format.height = 480;
    writer_->setFormat(format);
    writer_->setState(TEECAM_RING_LIVE, "");
  }
  void write(bool key, std::int64_t ageNs = 0, std::size_t size = 50) {
    const std::string frame = key ? keyFrame(size) : otherFrame(size);
    const auto bytes = std::as_bytes(std::span(frame));
    FrameMeta meta;
    meta.captureNs = now() - ageNs;
    meta.durationNs = 33'333'333;
    meta.flags = key ? std::uint32_t{TEECAM_FRAME_KEY} : 0u;
    REQUIRE(writer_->publish(std::span(&bytes, 1), meta));
  }
  void open(Container container = Container::mpegTs, std::size_t maxWaitingBytes = 1 << 20) {
    muxer_ =
        std::make_unique<Muxer>(MuxerOptions{name_.path(), container, maxWaitingBytes}, [this] { wakes++; });
  }
  /// Adds what has come to what came before.
  std::vector<MuxedChunk>& taken() {
    auto news = muxer_->take();
    for (auto& chunk : news.chunks) taken_.push_back(std::move(chunk));
    ended |= news.ended;
    return taken_;
  }
  bool takes(std::size_t count) {
    return eventually([&] { return taken().size() >= count; });
  }
  int readers() { return file_->readers(); }
  void closeMuxer() { muxer_.reset(); }
  void closeRing() { file_.reset(); }
  Muxer& muxer() { return *muxer_; }
  const std::string& ring() const { return name_.path(); }

  std::atomic<int> wakes{0};
  bool ended = false;

 private:
  RingName name_;
  std::unique_ptr<RingFile> file_;
  std::unique_ptr<RingWriter> writer_;
  std::unique_ptr<Muxer> muxer_;
  std::vector<MuxedChunk> taken_;
};

}  // namespace

TEST_CASE("a muxer opens the branch, begins at a key frame and closes it with its end") {
  Rig rig;
  rig.write(true, 10'000'000'000);
  rig.write(false, 9'000'000'000);
  CHECK(rig.readers() == 0);
  rig.open();
  CHECK(rig.readers() == 1);
  rig.write(false);
  rig.write(true);
  rig.write(false);
  REQUIRE(rig.takes(2));
  CHECK(rig.taken().size() == 2);
  CHECK(rig.taken()[0].key);
  CHECK_FALSE(rig.taken()[1].key);
  rig.closeMuxer();
  CHECK(rig.readers() == 0);
}

TEST_CASE("a muxer begins with a key frame of before if it is fresh, and with all that followed") {
  Rig rig;
  rig.write(true, 50'000'000);
  rig.write(false, 20'000'000);
  rig.open(Container::mp4);
  REQUIRE(rig.takes(3));
  CHECK(rig.taken()[0].header);
  CHECK(rig.taken()[1].key);
  CHECK_FALSE(rig.taken()[2].key);
}

TEST_CASE("a muxer wakes once for all that waits, and again when it was taken") {
  Rig rig;
  rig.open();
  for (int i = 0; i < 10; i++) rig.write(i == 0);
  REQUIRE(eventually([&] { return rig.muxer().stats().frames == 10; }));
  CHECK(rig.wakes == 1);
  CHECK(rig.taken().size() == 10);
  CHECK(rig.taken().size() == 10);
  CHECK(rig.wakes == 1);
  rig.write(false);
  CHECK(eventually([&] { return rig.wakes == 2; }));
}

TEST_CASE("what nobody takes is dropped, headers excepted, and it goes on at a key frame") {
  Rig rig;
  rig.open(Container::mp4, 4000);
  rig.write(true, 0, 1000);
  for (int i = 0; i < 10; i++) rig.write(false, 0, 1000);
  REQUIRE(eventually([&] { return rig.muxer().stats().dropped > 0; }));
  rig.write(true, 0, 100);
  rig.write(false, 0, 100);
  REQUIRE(eventually([&] { return rig.muxer().stats().dropped + rig.muxer().stats().frames >= 6; }));
  REQUIRE(rig.takes(3));
  CHECK(rig.taken()[0].header);
  CHECK(rig.taken()[1].key);
  CHECK_FALSE(rig.taken()[2].key);
  CHECK(rig.taken().size() == 3);
}

TEST_CASE("a muxer goes on at a key frame when its writer was replaced by another") {
  Rig rig;
  rig.open();
  rig.write(true);
  rig.write(false);
  REQUIRE(rig.takes(2));
  rig.newWriter();
  rig.write(false);  // refers to what is lost
  rig.write(true);
  REQUIRE(rig.takes(3));
  CHECK(rig.taken().size() == 3);
  CHECK(rig.taken()[2].key);
}

TEST_CASE("a muxer tells the end of its stream, and refuses one that is no H.264") {
  Rig rig;
  rig.open();
  rig.closeRing();
  CHECK(eventually([&] {
    rig.taken();
    return rig.ended;
  }));
  CHECK(rig.wakes == 1);
  rig.closeMuxer();
  CHECK_THROWS_AS(rig.open(), RingError);

  RingName name;
  const auto file = RingFile::make(name.path(), name.options(encodedGeometry()));
  const auto writer = RingWriter::open(name.path());
  RingFormat jpeg;
  jpeg.fourcc = 'M' | 'J' << 8 | 'P' << 16 | 'G' << 24;
  writer->setFormat(jpeg);
  CHECK_THROWS_AS(Muxer({name.path(), Container::mpegTs, 1000}, [] {}), RingError);
}

TEST_CASE("whatever is in a frame, writers make chunks of it or none, and read nothing beside it") {
  std::mt19937 random(11);
  std::uniform_int_distribution<int> byte(0, 255), size(0, 600), small(0, 3);
  for (const auto container : {Container::mpegTs, Container::mp4}) {
    const auto writer = MediaWriter::make(container);
    std::int64_t at = 1'000'000'000;
    for (int i = 0; i < 3000; i++) {
      Bytes data(static_cast<std::size_t>(size(random)));
      // Mostly what start codes are made of.
      for (auto& one : data) one = static_cast<std::byte>(small(random) > 0 ? small(random) : byte(random));
      auto unit = unitOf(data, i % 7 == 0, at += small(random) * 20'000'000, small(random) * 16'000'000);
      unit.decodeNs -= small(random) * 40'000'000;
      std::vector<MuxedChunk> chunks;
      writer->write(unit, chunks);
      for (const auto& chunk : chunks) {
        REQUIRE_FALSE(chunk.data.empty());
        if (container == Container::mpegTs) REQUIRE(chunk.data.size() % 188 == 0);
      }
    }
  }
}

TEST_CASE("units of a byte stream, with start codes of either length and zeros behind") {
  const std::string stream(
      "\0\0\1\x67"
      "a\0\0\0\1\x68"
      "b\0\0\0\0\1\x65"
      "c\0\0\1\0\0\1\x41"
      "d\0",
      27);
  std::vector<std::string> units;
  for (const Nal nal : nalUnits(std::as_bytes(std::span(stream))))
    units.emplace_back(reinterpret_cast<const char*>(nal.data()), nal.size());
  CHECK(units == std::vector<std::string>{"\x67"
                                          "a",
                                          "\x68"
                                          "b",
                                          "\x65"
                                          "c",
                                          "\x41"
                                          "d"});
  CHECK(nalUnits({}).empty());
  CHECK(nalUnits(std::as_bytes(std::span(stream).first(3))).empty());
}
