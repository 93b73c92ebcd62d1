#include "core/slate_picture.h"

#include <doctest/doctest.h>
#include <glib/gstdio.h>
#include <gst/video/video.h>

#include <array>
#include <cstdio>
#include <string>

#include "core/runtime.h"

using namespace teecam;

namespace {

/// A file of one colour, removed with its scope.
class RgbFile {
 public:
  RgbFile(int width, int height, std::array<char, 3> colour) {
    gchar* path = nullptr;
    const gint fd = g_file_open_tmp("teecam-slate-XXXXXX", &path, nullptr);
    REQUIRE(fd >= 0);
    g_close(fd, nullptr);
    path_ = path;
    g_free(path);
    std::string pixels;
    for (int i = 0; i < width * height; i++) pixels.append(colour.data(), colour.size());
    REQUIRE(g_file_set_contents(path_.c_str(), pixels.data(), static_cast<gssize>(pixels.size()), nullptr));
  }
  ~RgbFile() { std::remove(path_.c_str()); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// The last sample of each plane.
std::array<int, 3> yuvOf(const SlatePicture& picture, const std::string& fields) {
  const CapsPtr caps(gst_caps_from_string(("video/x-raw,format=I420," + fields).c_str()));
  const BufferPtr buffer = picture.render(caps.get());
  GstVideoInfo info;
  REQUIRE(gst_video_info_from_caps(&info, caps.get()));
  GstVideoFrame frame;
  REQUIRE(gst_video_frame_map(&frame, &info, buffer.get(), GST_MAP_READ));
  std::array<int, 3> yuv{};
  for (guint i = 0; i < 3; i++) {
    const auto* plane = static_cast<const guint8*>(GST_VIDEO_FRAME_COMP_DATA(&frame, i));
    const int row = GST_VIDEO_FRAME_COMP_HEIGHT(&frame, i) - 1;
    yuv[i] = plane[row * GST_VIDEO_FRAME_COMP_STRIDE(&frame, i) + GST_VIDEO_FRAME_COMP_WIDTH(&frame, i) - 1];
  }
  gst_video_frame_unmap(&frame);
  return yuv;
}

void checkNear(const std::array<int, 3>& yuv, const std::array<int, 3>& expected) {
  for (std::size_t i = 0; i < 3; i++) {
    CHECK(yuv[i] >= expected[i] - 1);
    CHECK(yuv[i] <= expected[i] + 1);
  }
}

}  // namespace

TEST_CASE("a slate keeps its colours in whatever colours its caps have") {
  Runtime::get();
  const RgbFile red(33, 17, {'\xff', '\0', '\0'});
  const auto picture = SlatePicture::fromFile(red.path(), 33, 17);
  const std::string size = "width=33,height=17,framerate=30/1";
  checkNear(yuvOf(picture, size + ",colorimetry=bt601"), {81, 90, 240});
  checkNear(yuvOf(picture, size + ",colorimetry=bt709"), {63, 102, 240});
  checkNear(yuvOf(picture, size + ",colorimetry=1:4:7:1"), {76, 85, 255});
  checkNear(yuvOf(SlatePicture::darkGrey(33, 17), size), {52, 128, 128});
}

TEST_CASE("a slate is converted to no caps but those of pictures") {
  const CapsPtr caps(gst_caps_from_string("image/jpeg,width=64,height=48"));
  CHECK_THROWS_WITH(SlatePicture::darkGrey(64, 48).render(caps.get()), "the slate's caps are no raw video");
}
