#include "core/slate_picture.h"

#include <gst/video/video.h>

#include <cstring>

#include "core/error.h"

namespace teecam {

namespace {

struct Layout {
  gsize offset[3];
  gint stride[3];
  gsize size;
};

Layout layoutOf(int width, int height) {
  const int chromaStride = (width + 1) / 2;
  const auto luma = static_cast<gsize>(width) * static_cast<gsize>(height);
  const auto chroma = static_cast<gsize>(chromaStride) * static_cast<gsize>((height + 1) / 2);
  return {{0, luma, luma + chroma}, {width, chromaStride, chromaStride}, luma + 2 * chroma};
}

}  // namespace

SlatePicture::SlatePicture(GBytes* bytes, int width, int height) : width_(width), height_(height) {
  gsize size = 0;
  gconstpointer data = g_bytes_get_data(bytes, &size);
  memory_.reset(gst_memory_new_wrapped(GST_MEMORY_FLAG_READONLY, const_cast<gpointer>(data), size, 0, size,
                                       bytes,
                                       [](gpointer kept) { g_bytes_unref(static_cast<GBytes*>(kept)); }));
}

SlatePicture SlatePicture::darkGrey(int width, int height) {
  constexpr int luma = 48;
  constexpr int neutral = 128;
  const Layout layout = layoutOf(width, height);
  auto* pixels = static_cast<guint8*>(g_malloc(layout.size));
  std::memset(pixels, luma, layout.offset[1]);
  std::memset(pixels + layout.offset[1], neutral, layout.size - layout.offset[1]);
  return SlatePicture(g_bytes_new_take(pixels, layout.size), width, height);
}

SlatePicture SlatePicture::fromFile(const std::string& path, int width, int height) {
  gchar* data = nullptr;
  gsize size = 0;
  GError* failure = nullptr;
  if (!g_file_get_contents(path.c_str(), &data, &size, &failure)) {
    const ErrorPtr error(failure);
    throw CoreError("bad-plan", std::string("the slate cannot be read: ") + error->message);
  }
  GBytes* bytes = g_bytes_new_take(data, size);
  const gsize wanted = layoutOf(width, height).size;
  if (size != wanted) {
    g_bytes_unref(bytes);
    throw CoreError("bad-plan", "the slate " + path + " has " + std::to_string(size) + " bytes; I420 of " +
                                    std::to_string(width) + "x" + std::to_string(height) + " has " +
                                    std::to_string(wanted));
  }
  return SlatePicture(bytes, width, height);
}

BufferPtr SlatePicture::buffer() const {
  BufferPtr buffer(gst_buffer_new());
  gst_buffer_append_memory(buffer.get(), gst_memory_ref(memory_.get()));
  Layout layout = layoutOf(width_, height_);
  gst_buffer_add_video_meta_full(buffer.get(), GST_VIDEO_FRAME_FLAG_NONE, GST_VIDEO_FORMAT_I420,
                                 static_cast<guint>(width_), static_cast<guint>(height_), 3, layout.offset,
                                 layout.stride);
  return buffer;
}

}  // namespace teecam
