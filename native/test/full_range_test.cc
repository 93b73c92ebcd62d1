#include "core/full_range.h"

#include <doctest/doctest.h>

#include <array>
#include <cstring>

#include "gst_fixture.h"

using namespace teecam;
using namespace teecam::test;

namespace {

using Colour = std::array<int, 3>;

/// A picture of one colour, of odd width, after a teecamfullrange; `caps` gets what comes out.
Colour converted(const std::string& colorimetry, const Colour& colour, std::string* caps = nullptr) {
  constexpr int width = 7;
  constexpr int height = 4;
  TestPipeline pipeline(
      "appsrc name=in ! teecamfullrange ! appsink name=out sync=false async=false wait-on-eos=false");
  pipeline.caps("video/x-raw,format=I420,width=7,height=4,framerate=25/1,colorimetry=" + colorimetry);
  pipeline.play();
  GstVideoInfo info;
  gst_video_info_set_format(&info, GST_VIDEO_FORMAT_I420, width, height);
  GstBuffer* buffer = gst_buffer_new_allocate(nullptr, info.size, nullptr);
  GstVideoFrame frame;
  REQUIRE(gst_video_frame_map(&frame, &info, buffer, GST_MAP_WRITE));
  for (int plane = 0; plane < 3; plane++) {
    const int rows = GST_VIDEO_FRAME_COMP_HEIGHT(&frame, plane);
    std::memset(GST_VIDEO_FRAME_PLANE_DATA(&frame, plane), colour[static_cast<std::size_t>(plane)],
                static_cast<std::size_t>(rows * GST_VIDEO_FRAME_PLANE_STRIDE(&frame, plane)));
  }
  gst_video_frame_unmap(&frame);
  GST_BUFFER_PTS(buffer) = 0;
  pipeline.push(buffer);
  REQUIRE(pipeline.finish() == "");
  GstSample* sample = gst_app_sink_try_pull_sample(GST_APP_SINK(pipeline.element("out")), 0);
  REQUIRE(sample);
  if (caps) {
    const GstStructure* structure = gst_caps_get_structure(gst_sample_get_caps(sample), 0);
    *caps = gst_structure_get_string(structure, "colorimetry");
  }
  Colour result{};
  REQUIRE(gst_video_frame_map(&frame, &info, gst_sample_get_buffer(sample), GST_MAP_READ));
  for (int plane = 0; plane < 3; plane++) {
    const auto* data = static_cast<const guint8*>(GST_VIDEO_FRAME_PLANE_DATA(&frame, plane));
    result[static_cast<std::size_t>(plane)] = data[0];
    const int last =
        (GST_VIDEO_FRAME_COMP_HEIGHT(&frame, plane) - 1) * GST_VIDEO_FRAME_PLANE_STRIDE(&frame, plane) +
        GST_VIDEO_FRAME_COMP_WIDTH(&frame, plane) - 1;
    CHECK(data[last] == data[0]);
  }
  gst_video_frame_unmap(&frame);
  gst_sample_unref(sample);
  return result;
}

}  // namespace

TEST_CASE("full range: black, white and grey of a limited range reach the ends") {
  for (const char* colorimetry : {"bt601", "bt709", "2:4:5:1"}) {
    CAPTURE(colorimetry);
    std::string caps;
    CHECK(converted(colorimetry, {16, 128, 128}, &caps) == Colour{0, 128, 128});
    CHECK(converted(colorimetry, {235, 128, 128}) == Colour{255, 128, 128});
    CHECK(converted(colorimetry, {126, 128, 128}) == Colour{128, 128, 128});
    CHECK(converted(colorimetry, {5, 128, 128}) == Colour{0, 128, 128});
    CHECK(caps == "1:4:0:0");
  }
}

TEST_CASE("full range: red keeps its colour whatever the matrix it came in") {
  const Colour red{76, 85, 255};  // as JFIF has it
  for (const auto& [colorimetry, colour] :
       {std::pair{"bt601", Colour{81, 90, 240}}, {"bt709", {63, 102, 240}}, {"1:3:5:1", {54, 99, 255}}}) {
    CAPTURE(colorimetry);
    const Colour result = converted(colorimetry, colour);
    for (std::size_t i = 0; i < 3; i++) CHECK(std::abs(result[i] - red[i]) <= 1);
  }
}

TEST_CASE("full range: what has it already passes untouched") {
  for (const char* colorimetry : {"1:4:0:0", "1:4:7:1"}) {
    std::string caps;
    CHECK(converted(colorimetry, {3, 200, 77}, &caps) == Colour{3, 200, 77});
    CHECK(caps == "1:4:0:0");
  }
}

TEST_CASE("full range: what the JPEG branch needs does not reach the stage") {
  TestPipeline pipeline(
      "appsrc name=in ! videoconvert name=convert ! videoscale ! video/x-raw,format=I420,width=64,height=48 "
      "! "
      "tee allow-not-linked=true ! queue ! teecamfullrange ! jpegenc ! "
      "appsink name=out sync=false async=false wait-on-eos=false");
  pipeline.caps("video/x-raw,format=YUY2,width=64,height=48,framerate=25/1,colorimetry=2:4:7:1");
  pipeline.play();
  pipeline.push(0, 64 * 48 * 2);
  REQUIRE(pipeline.finish() == "");
  GstPad* pad = gst_element_get_static_pad(pipeline.element("convert"), "src");
  GstCaps* caps = gst_pad_get_current_caps(pad);
  gst_object_unref(pad);
  REQUIRE(caps);
  CHECK(gst_structure_get_string(gst_caps_get_structure(caps, 0), "colorimetry") == std::string("2:4:7:1"));
  gst_caps_unref(caps);
}
