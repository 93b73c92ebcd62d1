#include "core/libcamera_signs.h"

#include <doctest/doctest.h>

using namespace teecam;

// As the drivers' sources have them, and listings of v4l2-ctl that others have published.

TEST_CASE("webcams and grabbers are cameras, whatever else they list") {
  CHECK_FALSE(needsLibcamera({"uvcvideo", 0x04200001, {"Motion-JPEG", "YUYV 4:2:2"}}));
  CHECK_FALSE(needsLibcamera({"uvcvideo", 0x04200001, {"8-bit Bayer GRGR/BGBG", "YUYV 4:2:2"}}));
  CHECK_FALSE(needsLibcamera({"uvcvideo", 0x04200001, {"8-bit Greyscale"}}));
  CHECK_FALSE(needsLibcamera({"vivid", 0x05200001, {"YUYV 4:2:2", "8-bit Bayer BGBG/GRGR"}}));
  CHECK_FALSE(needsLibcamera({"tc358743", 0x04200001, {}}));
}

TEST_CASE("a sensor's own data is no picture") {
  // a Jetson's, behind argus
  CHECK(needsLibcamera({"tegra-video", 0x04200001, {"10-bit Bayer RGRG/GBGB"}}));
  CHECK(needsLibcamera({"ipu3-cio2", 0x04201000, {"10-bit bayer BGGR IPU3 Packed"}}));
}

TEST_CASE("a node that has to be set up through the media controller is a part of a camera") {
  CHECK(needsLibcamera({"rkisp1", 0x24201000, {"Y/UV 4:2:0", "YUYV 4:2:2", "8-bit Bayer RGRG/GBGB"}}));
  CHECK(needsLibcamera({"qcom-camss", 0x24201000, {"UYVY 4:2:2", "8-bit Bayer BGBG/GRGR"}}));
  CHECK(needsLibcamera({"unicam", 0x25a00001, {"YUYV 4:2:2", "10-bit Bayer BGBG/GRGR Packed"}}));
}

TEST_CASE("a Raspberry Pi's image processor is known by its name alone") {
  CHECK(needsLibcamera({"bcm2835-isp", 0x04200001, {"YUYV 4:2:2", "Planar YUV 4:2:0"}}));
}
