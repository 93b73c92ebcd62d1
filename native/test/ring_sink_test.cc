#include "core/ring_sink.h"

#include <doctest/doctest.h>
#include <fcntl.h>

#include <cmath>
#include <cstring>
#include <set>

#include "core/ring_layout.h"
#include "core/ring_mapping.h"
#include "core/ring_pool.h"
#include "gst_fixture.h"
#include "ring_fixture.h"

using namespace teecam;
using namespace teecam::test;

namespace {

constexpr std::int64_t kMs = 1'000'000;

/// A ring and how its readers see it.
struct Ring {
  explicit Ring(const RingGeometry& geometry)
      : file(RingFile::make(name.path(), name.options(geometry))),
        fd(open(name.path().c_str(), O_RDONLY | O_CLOEXEC)),
        mapping(fd.get(), RingMapping::Access::read, "test") {}

  const teecam_ring_header& header() const { return mapping.header(); }
  const teecam_frame_descriptor& frame(std::uint64_t sequence) const { return mapping.descriptor(sequence); }
  bool has(std::uint64_t sequence, std::uint32_t flag) const { return (frame(sequence).flags & flag) != 0; }
  const std::uint8_t* bytes(std::uint64_t sequence) const {
    return reinterpret_cast<const std::uint8_t*>(mapping.at(frame(sequence).offset));
  }
  std::string sink() const { return " ! teecamringsink name=sink ring=" + name.path(); }

  RingName name;
  std::unique_ptr<RingFile> file;
  UniqueFd fd;
  RingMapping mapping;
};

RingGeometry slotsFor(int width, int height, std::uint32_t slots = 4) {
  const auto size = static_cast<std::uint64_t>((width + 64) * 4 * (height + 2) + 4095) / 4096 * 4096;
  return {16, slots, size, slots * size};
}

std::string caps(const char* format, int width, int height, const char* framerate = "30/1") {
  return std::string("video/x-raw,format=") + format + ",width=" + std::to_string(width) +
         ",height=" + std::to_string(height) + ",framerate=" + framerate;
}

GstBuffer* frameOf(const char* format, int width, int height, GstClockTime pts, int value = 0) {
  GstVideoInfo info;
  GstCaps* described = gst_caps_from_string(caps(format, width, height).c_str());
  gst_video_info_from_caps(&info, described);
  gst_caps_unref(described);
  GstBuffer* buffer = gst_buffer_new_allocate(nullptr, info.size, nullptr);
  gst_buffer_memset(buffer, 0, static_cast<guint8>(value), info.size);
  GST_BUFFER_PTS(buffer) = pts;
  return buffer;
}

}  // namespace

TEST_CASE("a converter writes into the ring without a copy") {
  for (const std::string last : {"videoconvert", "videoscale", "videoconvert ! queue max-size-buffers=1",
                                 "videoconvert ! teecamrate"}) {
    CAPTURE(last);
    Ring ring(slotsFor(640, 360));
    TestPipeline pipeline(
        std::string("videotestsrc num-buffers=20 ! ") + caps("I420", 640, 360) + " ! " + last + " ! " +
        (last == "videoscale" ? caps("I420", 320, 180) : caps("NV12", 640, 360)) + ring.sink());
    pipeline.play();
    REQUIRE(pipeline.waitForEnd() == "");
    const RingSinkStats stats = ringSinkStats(pipeline.element("sink"));
    CHECK(stats.published == 20);
    CHECK(stats.copied == 0);
    CHECK(stats.dropped == 0);
    CHECK(ring.header().head == 20);
  }
}

TEST_CASE("strides of odd widths are rounded up to 64 bytes, and published") {
  struct {
    std::string format;
    int width, height;
    std::vector<std::uint32_t> strides;
    std::vector<std::uint64_t> offsets;
    std::uint64_t size;
  } const cases[] = {
      {"NV12", 1000, 562, {1024, 1024}, {0, 575488}, 863232},
      {"I420", 1000, 562, {1024, 512, 512}, {0, 575488, 719360}, 863232},
      {"I420", 320, 181, {320, 192, 192}, {0, 58240, 75712}, 93184},
      {"YUY2", 322, 180, {704}, {0}, 126720},
      {"RGB", 101, 50, {320}, {0}, 16000},
      {"BGR", 100, 50, {320}, {0}, 16000},
      {"GRAY8", 65, 3, {128}, {0}, 512},
  };
  for (const auto& c : cases) {
    CAPTURE(c.format);
    Ring ring(slotsFor(c.width, c.height));
    TestPipeline pipeline("videotestsrc num-buffers=2 pattern=white ! " + caps("AYUV", c.width, c.height) +
                          " ! videoconvert ! " + caps(c.format.c_str(), c.width, c.height) + ring.sink());
    pipeline.play();
    REQUIRE(pipeline.waitForEnd() == "");
    CHECK(ringSinkStats(pipeline.element("sink")).copied == 0);
    const teecam_frame_descriptor& frame = ring.frame(2);
    CHECK(frame.size == c.size);
    REQUIRE(frame.plane_count == c.strides.size());
    for (std::size_t i = 0; i < c.strides.size(); i++) {
      CHECK(frame.plane_stride[i] == c.strides[i]);
      CHECK(frame.plane_offset[i] == c.offsets[i]);
    }
    // The last pixel of the first plane is as white as the first one.
    const std::uint8_t* first = ring.bytes(2);
    const auto lastRow = static_cast<std::size_t>(c.height - 1) * c.strides[0];
    CHECK(first[0] > 200);
    CHECK(first[lastRow + static_cast<std::size_t>(c.width) - 1 - (c.format[0] == 'Y')] > 120);
  }
}

TEST_CASE("foreign memory is copied, counted, and has the picture's bytes") {
  Ring ring(slotsFor(100, 50));
  TestPipeline pipeline("appsrc name=in" + ring.sink());
  pipeline.caps(caps("I420", 100, 50));
  pipeline.play();
  GstBuffer* buffer = frameOf("I420", 100, 50, 0, 7);
  GstMapInfo map;
  REQUIRE(gst_buffer_map(buffer, &map, GST_MAP_WRITE));
  map.data[100 * 49 + 99] = 77;
  map.data[100 * 50 + 51] = 88;  // packed chroma rows are 52 bytes: the padding is not published as a pixel
  map.data[100 * 50 + 52] = 99;
  gst_buffer_unmap(buffer, &map);
  pipeline.push(buffer);
  REQUIRE(pipeline.finish() == "");
  CHECK(ringSinkStats(pipeline.element("sink")).copied == 1);
  const auto& frame = ring.frame(1);
  CHECK(frame.plane_stride[0] == 128);
  CHECK(ring.bytes(1)[128 * 49 + 99] == 77);
  CHECK(ring.bytes(1)[frame.plane_offset[1] + frame.plane_stride[1]] == 99);
  CHECK(ring.bytes(1)[frame.plane_offset[2]] == 7);
}

TEST_CASE("a frame says when it was captured, through base time and segment") {
  Ring ring(slotsFor(16, 16));
  TestPipeline pipeline("appsrc name=in" + ring.sink());
  pipeline.caps(caps("GRAY8", 16, 16));
  gst_element_set_start_time(pipeline.get(), GST_CLOCK_TIME_NONE);
  gst_element_set_base_time(pipeline.get(), 5'000'000'000);
  pipeline.play();
  pipeline.push(frameOf("GRAY8", 16, 16, 40 * kMs));
  GstBuffer* damaged = frameOf("GRAY8", 16, 16, 80 * kMs);
  GST_BUFFER_FLAG_SET(damaged, GST_BUFFER_FLAG_DISCONT);
  GST_BUFFER_FLAG_SET(damaged, GST_BUFFER_FLAG_CORRUPTED);
  pipeline.push(damaged);
  pipeline.push(frameOf("GRAY8", 16, 16, 120 * kMs));
  REQUIRE(pipeline.finish() == "");
  CHECK(ring.frame(1).capture_ns == 5'040'000'000);
  CHECK(ring.frame(1).duration_ns == 33'333'333);
  CHECK(ring.frame(1).flags == (TEECAM_FRAME_KEY | TEECAM_FRAME_DISCONTINUITY));
  CHECK(ring.frame(2).flags == (TEECAM_FRAME_KEY | TEECAM_FRAME_DISCONTINUITY | TEECAM_FRAME_CORRUPT));
  CHECK(ring.frame(3).flags == TEECAM_FRAME_KEY);
}

TEST_CASE("x264enc's shifted timestamps give the right capture time, and its key frames are known") {
  Ring ring(encodedGeometry(1 << 20, 64));
  TestPipeline pipeline(
      "appsrc name=in ! x264enc threads=1 tune=zerolatency speed-preset=ultrafast key-int-max=10 ! "
      "h264parse config-interval=-1 ! video/x-h264,stream-format=byte-stream,alignment=au" +
      ring.sink());
  pipeline.caps(caps("I420", 64, 48));
  gst_element_set_start_time(pipeline.get(), GST_CLOCK_TIME_NONE);
  gst_element_set_base_time(pipeline.get(), 7'000'000'000);
  pipeline.play();
  for (int i = 0; i < 25; i++) {
    pipeline.push(frameOf("I420", 64, 48, static_cast<GstClockTime>(i) * 33 * kMs, i * 9));
  }
  REQUIRE(pipeline.finish() == "");
  REQUIRE(ring.header().head == 25);
  for (std::uint64_t i = 0; i < 25; i++) {
    const auto& frame = ring.frame(i + 1);
    CHECK(frame.capture_ns == 7'000'000'000 + static_cast<std::int64_t>(i) * 33 * kMs);
    CHECK(frame.dts_delta_ns == 0);
    CHECK(ring.has(i + 1, TEECAM_FRAME_KEY) == (i % 10 == 0));
    CHECK(frame.key_sequence == i / 10 * 10 + 1);
    CHECK(frame.plane_count == 0);
  }
  CHECK(ringSinkStats(pipeline.element("sink")).keyFrames == 3);
  const std::string_view first(reinterpret_cast<const char*>(ring.bytes(1)), ring.frame(1).size);
  for (const char* parameterSet : {"\x01\x67", "\x01\x68"}) CHECK(first.find(parameterSet) < 100);
  const auto& info = ring.header();
  CHECK(std::memcmp(&info.fourcc, "H264", 4) == 0);
  CHECK(info.width == 64);
  CHECK(info.framerate_num == 30);
}

TEST_CASE("every JPEG is a key frame") {
  Ring ring(encodedGeometry(1 << 20, 16));
  TestPipeline pipeline("videotestsrc num-buffers=3 ! " + caps("I420", 64, 48) + " ! jpegenc" + ring.sink());
  pipeline.play();
  REQUIRE(pipeline.waitForEnd() == "");
  for (std::uint64_t i = 1; i <= 3; i++) CHECK(ring.has(i, TEECAM_FRAME_KEY));
  CHECK(std::memcmp(&ring.header().fourcc, "MJPG", 4) == 0);
  CHECK(std::memcmp(ring.bytes(1), "\xff\xd8", 2) == 0);
}

TEST_CASE("a frame larger than the arena is dropped and counted, and the next one says so") {
  Ring ring(encodedGeometry(4096));
  TestPipeline pipeline("appsrc name=in" + ring.sink());
  pipeline.caps("image/jpeg,width=64,height=48,framerate=30/1");
  pipeline.play();
  pipeline.push(GstClockTime{0}, 1000);
  pipeline.push(GstClockTime{33} * kMs, 5000);
  pipeline.push(GstClockTime{66} * kMs, 1000);
  REQUIRE(pipeline.finish() == "");
  const RingSinkStats stats = ringSinkStats(pipeline.element("sink"));
  CHECK(stats.published == 2);
  CHECK(stats.dropped == 1);
  CHECK(stats.bytes == 2000);
  CHECK(ring.has(2, TEECAM_FRAME_DISCONTINUITY));
}

TEST_CASE("slots smaller than the frame: dropped, not written past") {
  Ring ring({16, 2, 4096, 8192});
  TestPipeline pipeline("videotestsrc num-buffers=5 ! videoconvert ! " + caps("NV12", 320, 180) +
                        ring.sink());
  pipeline.play();
  REQUIRE(pipeline.waitForEnd() == "");
  CHECK(ringSinkStats(pipeline.element("sink")).dropped == 5);
  CHECK(ring.header().head == 0);
}

TEST_CASE("the slate's frames are flagged by their capture time, the encoder in between") {
  Ring ring(encodedGeometry(1 << 20, 64));
  TestPipeline pipeline(
      "appsrc name=in ! x264enc threads=1 tune=zerolatency speed-preset=ultrafast ! "
      "h264parse ! video/x-h264,stream-format=byte-stream,alignment=au" +
      ring.sink());
  pipeline.caps(caps("I420", 64, 48));
  gst_element_set_start_time(pipeline.get(), GST_CLOCK_TIME_NONE);
  gst_element_set_base_time(pipeline.get(), 1'000'000'000);
  const auto timeline = std::make_shared<SlateTimeline>();
  ringSinkSetTimeline(pipeline.element("sink"), timeline);
  timeline->append(1'000'000'000 + 100 * kMs, true);
  timeline->append(1'000'000'000 + 200 * kMs, false);
  pipeline.play();
  for (int i = 0; i < 6; i++) pipeline.push(frameOf("I420", 64, 48, static_cast<GstClockTime>(i) * 50 * kMs));
  REQUIRE(pipeline.finish() == "");
  for (std::uint64_t i = 0; i < 6; i++) {
    CHECK(ring.has(i + 1, TEECAM_FRAME_SLATE) == (i == 2 || i == 3));
  }
}

TEST_CASE("the timeline keeps its newest switches") {
  SlateTimeline timeline;
  CHECK_FALSE(timeline.isSlate(5));
  for (int i = 0; i < 100; i++) timeline.append(i * 10, i % 2 == 0);
  CHECK(timeline.isSlate(985));
  CHECK_FALSE(timeline.isSlate(995));
  CHECK_FALSE(timeline.isSlate(10'000));
  CHECK_FALSE(timeline.isSlate(345));
}

TEST_CASE("formats change while playing: new generation, still no copy") {
  Ring ring(slotsFor(320, 180));
  TestPipeline pipeline("appsrc name=in ! videoconvert ! videoscale ! capsfilter name=filter caps=" +
                        std::string("\"") + caps("NV12", 320, 180) + "\"" + ring.sink());
  pipeline.caps(caps("I420", 320, 180));
  pipeline.play();
  GstElement* sink = pipeline.element("sink");
  for (int i = 0; i < 6; i++)
    pipeline.push(frameOf("I420", 320, 180, static_cast<GstClockTime>(i) * 33 * kMs));
  REQUIRE(eventually([&] { return ringSinkStats(sink).published == 6; }));
  const auto generation = ring.header().generation;
  gst_util_set_object_arg(G_OBJECT(pipeline.element("filter")), "caps", caps("GRAY8", 160, 90).c_str());
  for (int i = 6; i < 12; i++)
    pipeline.push(frameOf("I420", 320, 180, static_cast<GstClockTime>(i) * 33 * kMs));
  REQUIRE(pipeline.finish() == "");
  CHECK(ringSinkStats(sink).published == 12);
  CHECK(ringSinkStats(sink).dropped == 0);
  CHECK(ringSinkStats(sink).copied == 0);
  CHECK(ring.header().generation == generation + 1);
  CHECK(std::memcmp(&ring.header().fourcc, "R8  ", 4) == 0);
  CHECK(ring.frame(12).width == 160);
  CHECK(ring.frame(6).width == 320);
}

TEST_CASE("a pool that holds every slot: ordinary memory, then a drop, never a wait") {
  initGst();
  Ring ring(slotsFor(64, 48, 3));
  std::shared_ptr<RingWriter> writer = RingWriter::open(ring.name.path());
  GstVideoInfo info;
  GstCaps* described = gst_caps_from_string(caps("NV12", 64, 48).c_str());
  gst_video_info_from_caps(&info, described);
  GstBufferPool* pool = newRingPool(writer, described, info);
  gst_caps_unref(described);
  REQUIRE(gst_buffer_pool_set_active(pool, TRUE));

  std::vector<GstBuffer*> held;
  std::set<std::uint32_t> slots;
  for (int i = 0; i < 4; i++) {
    GstBuffer* buffer = nullptr;
    REQUIRE(gst_buffer_pool_acquire_buffer(pool, &buffer, nullptr) == GST_FLOW_OK);
    held.push_back(buffer);
  }
  CHECK(newSlotBuffer(writer, info) == nullptr);
  for (int i = 0; i < 3; i++) {
    const auto slot = claimSlot(held[static_cast<std::size_t>(i)], *writer);
    REQUIRE(slot);
    CHECK_FALSE(claimSlot(held[static_cast<std::size_t>(i)], *writer));
    slots.insert(*slot);
    writer->publishSlot(*slot, info.size, {});
  }
  CHECK(slots.size() == 3);
  CHECK_FALSE(claimSlot(held[3], *writer));
  for (GstBuffer* buffer : held) gst_buffer_unref(buffer);

  // The oldest frame is gone as soon as its memory is taken, not when it is published again.
  CHECK(ring.frame(1).lock % 2 == 0);
  GstBuffer* next = nullptr;
  REQUIRE(gst_buffer_pool_acquire_buffer(pool, &next, nullptr) == GST_FLOW_OK);
  CHECK(ring.frame(1).lock % 2 == 1);
  CHECK(ring.frame(2).lock % 2 == 0);

  // A buffer that comes back after the pool's end still knows its slot.
  gst_buffer_pool_set_active(pool, FALSE);
  gst_object_unref(pool);
  gst_buffer_unref(next);
  for (int i = 0; i < 3; i++) CHECK(writer->takeSlot().has_value());
}

TEST_CASE("the ring that cannot be opened is an error with words, at READY") {
  const auto errorOf = [](const std::string& path) {
    TestPipeline pipeline("appsrc name=in ! teecamringsink ring=" + path);
    CHECK(gst_element_set_state(pipeline.get(), GST_STATE_READY) == GST_STATE_CHANGE_FAILURE);
    return pipeline.waitForEnd();
  };
  CHECK(errorOf("/dev/shm/teecam.none.such").find("/dev/shm/teecam.none.such") != std::string::npos);
  Ring ring(rawGeometry());
  const auto writer = RingWriter::open(ring.name.path());
  CHECK(errorOf(ring.name.path()).find("writer") != std::string::npos);
}

TEST_CASE("raw frames for a ring of encoded ones are refused") {
  Ring ring(encodedGeometry());
  TestPipeline pipeline("videotestsrc ! " + caps("NV12", 64, 48) + ring.sink());
  pipeline.play();
  CHECK(pipeline.waitForEnd() == "The ring was made for encoded frames.");
}

TEST_CASE("state and discontinuity reach the ring") {
  Ring ring(slotsFor(16, 16));
  TestPipeline pipeline("appsrc name=in" + ring.sink());
  GstElement* sink = pipeline.element("sink");
  pipeline.caps(caps("GRAY8", 16, 16));
  pipeline.play();
  ringSinkSetState(sink, TEECAM_RING_SLATE, "no-device");
  CHECK(ring.header().state == TEECAM_RING_SLATE);
  CHECK(std::string(ring.header().reason) == "no-device");
  pipeline.push(frameOf("GRAY8", 16, 16, 0));
  REQUIRE(eventually([&] { return ringSinkStats(sink).published == 1; }));
  ringSinkMarkDiscontinuity(sink);
  pipeline.push(frameOf("GRAY8", 16, 16, 33 * kMs));
  REQUIRE(pipeline.finish() == "");
  CHECK(ring.has(2, TEECAM_FRAME_DISCONTINUITY));
  // The writer goes with READY, and a second life opens it again.
  gst_element_set_state(pipeline.get(), GST_STATE_NULL);
  CHECK(RingWriter::open(ring.name.path()));
}

TEST_CASE("colorimetry as code points") {
  Ring ring(slotsFor(64, 48));
  TestPipeline pipeline("videotestsrc num-buffers=1 ! " + caps("NV12", 64, 48) + ",colorimetry=bt709" +
                        ring.sink());
  pipeline.play();
  REQUIRE(pipeline.waitForEnd() == "");
  CHECK(ring.header().colour_range == 2);
  CHECK(ring.header().colour_matrix == 1);
  CHECK(ring.header().colour_transfer == 1);
  CHECK(ring.header().colour_primaries == 1);
  CHECK(std::string(ring.header().caps).find("bt709") != std::string::npos);
}
