#include "core/slate_picture.h"

#include <gst/video/video.h>

#include <cstring>

#include "core/error.h"

namespace teecam {

namespace {

constexpr int kBytesPerPixel = 3;
constexpr int kDarkGrey = 0x2a;

gsize sizeOf(int width, int height) {
  return static_cast<gsize>(kBytesPerPixel) * static_cast<gsize>(width) * static_cast<gsize>(height);
}

/// A frame that is mapped for as long as its scope.
class MappedFrame {
 public:
  MappedFrame(const GstVideoInfo& info, GstBuffer* buffer, GstMapFlags flags) {
    if (!gst_video_frame_map(&frame_, &info, buffer, flags))
      throw CoreError("internal", "a picture of the slate cannot be mapped");
  }
  ~MappedFrame() { gst_video_frame_unmap(&frame_); }
  MappedFrame(const MappedFrame&) = delete;
  MappedFrame& operator=(const MappedFrame&) = delete;

  GstVideoFrame* get() { return &frame_; }

 private:
  GstVideoFrame frame_{};
};

/// As `to`, but RGB without padding. The converter refuses infos whose rate or interlacing differ.
GstVideoInfo rgbInfo(const GstVideoInfo& to, int width, int height) {
  GstVideoInfo info;
  gst_video_info_set_format(&info, GST_VIDEO_FORMAT_RGB, static_cast<guint>(width),
                            static_cast<guint>(height));
  info.stride[0] = kBytesPerPixel * width;
  info.size = sizeOf(width, height);
  info.fps_n = to.fps_n;
  info.fps_d = to.fps_d;
  info.interlace_mode = to.interlace_mode;
  return info;
}

}  // namespace

SlatePicture::SlatePicture(GBytes* pixels, int width, int height)
    : pixels_(pixels, g_bytes_unref), width_(width), height_(height) {}

SlatePicture SlatePicture::darkGrey(int width, int height) {
  const gsize size = sizeOf(width, height);
  gpointer pixels = g_malloc(size);
  std::memset(pixels, kDarkGrey, size);
  return SlatePicture(g_bytes_new_take(pixels, size), width, height);
}

SlatePicture SlatePicture::fromFile(const std::string& path, int width, int height) {
  gchar* data = nullptr;
  gsize size = 0;
  GError* failure = nullptr;
  if (!g_file_get_contents(path.c_str(), &data, &size, &failure)) {
    const ErrorPtr error(failure);
    throw CoreError("bad-plan", std::string("the slate cannot be read: ") + error->message);
  }
  SlatePicture picture(g_bytes_new_take(data, size), width, height);
  const gsize wanted = sizeOf(width, height);
  if (size != wanted) {
    throw CoreError("bad-plan", "the slate " + path + " has " + std::to_string(size) + " bytes; RGB of " +
                                    std::to_string(width) + "x" + std::to_string(height) + " has " +
                                    std::to_string(wanted));
  }
  return picture;
}

BufferPtr SlatePicture::render(const GstCaps* caps) const {
  GstVideoInfo to;
  if (!gst_video_info_from_caps(&to, caps) || GST_VIDEO_INFO_FORMAT(&to) == GST_VIDEO_FORMAT_ENCODED)
    throw CoreError("internal", "the slate's caps are no raw video");
  GstVideoInfo from = rgbInfo(to, width_, height_);
  gsize size = 0;
  gconstpointer data = g_bytes_get_data(pixels_.get(), &size);
  const BufferPtr rgb(gst_buffer_new_wrapped_full(
      GST_MEMORY_FLAG_READONLY, const_cast<gpointer>(data), size, 0, size, g_bytes_ref(pixels_.get()),
      [](gpointer kept) { g_bytes_unref(static_cast<GBytes*>(kept)); }));
  BufferPtr picture(gst_buffer_new_allocate(nullptr, to.size, nullptr));
  const std::unique_ptr<GstVideoConverter, decltype(&gst_video_converter_free)> converter(
      gst_video_converter_new(&from, &to, nullptr), gst_video_converter_free);
  if (converter == nullptr) throw CoreError("internal", "the slate cannot be converted to its caps");
  MappedFrame source(from, rgb.get(), GST_MAP_READ);
  MappedFrame target(to, picture.get(), GST_MAP_WRITE);
  gst_video_converter_frame(converter.get(), source.get(), target.get());
  return picture;
}

}  // namespace teecam
