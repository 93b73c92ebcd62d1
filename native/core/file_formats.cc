#include "core/file_formats.h"

#include <fcntl.h>
#include <gst/pbutils/pbutils.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>
#include <string_view>

#include "core/error.h"
#include "core/gst_ptr.h"
#include "core/unique_fd.h"

namespace teecam {

namespace {

constexpr GstClockTime kTimeout = 10 * GST_SECOND;

struct Unref {
  void operator()(gpointer object) const { g_object_unref(object); }
};
template <typename T>
using GObjectPtr = std::unique_ptr<T, Unref>;

struct FreeStrings {
  void operator()(gchar** strings) const { g_strfreev(strings); }
};
struct FreeStreams {
  void operator()(GList* streams) const { gst_discoverer_stream_info_list_free(streams); }
};

/// The kernel's words are better than GStreamer's where the file cannot even be opened.
void checkReadable(const std::string& path) {
  const UniqueFd fd(open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  if (!fd) {
    const int error = errno;
    const char* code = error == ENOENT || error == ENOTDIR ? "no-device"
                       : error == EACCES || error == EPERM ? "no-permission"
                                                           : "failed";
    throw CoreError(code, path + ": " + std::strerror(error));
  }
  struct stat status {};
  if (fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
    throw CoreError("failed", path + " is not a file");
  }
}

/// What GStreamer would need for the pictures, as a person calls it ("H.265 decoder"), or "". A decoder that
/// lacks for the sound does not matter here.
std::string missingForVideo(GstDiscovererInfo* info) {
  const gchar** details = gst_discoverer_info_get_missing_elements_installer_details(info);
  for (; details && *details; details++) {
    // gstreamer|1.0|program|H.265 decoder|decoder-video/x-h265, …
    const std::unique_ptr<gchar*, FreeStrings> parts(g_strsplit(*details, "|", 5));
    if (g_strv_length(parts.get()) < 5) continue;
    const std::string_view kind = parts.get()[4];
    if (!kind.starts_with("decoder-audio/")) return parts.get()[3];
  }
  return "";
}

SourceFormat formatOf(GstDiscovererVideoInfo* video) {
  const Fraction rate{static_cast<int>(gst_discoverer_video_info_get_framerate_num(video)),
                      static_cast<int>(gst_discoverer_video_info_get_framerate_denom(video))};
  return {"video/x-raw",
          "I420",
          static_cast<int>(gst_discoverer_video_info_get_width(video)),
          static_cast<int>(gst_discoverer_video_info_get_height(video)),
          {rate.den > 0 ? rate : Fraction{0, 1}}};
}

/// As it is in the file, where each frame can be shown when it comes. H.264's baseline has none that are
/// stored before others which are shown earlier.
std::optional<SourceFormat> encodedAs(GstDiscovererVideoInfo* video, SourceFormat format) {
  const CapsPtr caps(gst_discoverer_stream_info_get_caps(GST_DISCOVERER_STREAM_INFO(video)));
  if (caps == nullptr) return std::nullopt;
  const GstStructure* structure = gst_caps_get_structure(caps.get(), 0);
  const gchar* found = gst_structure_get_string(structure, "profile");
  const std::string_view profile = found != nullptr ? found : "";
  if (gst_structure_has_name(structure, "image/jpeg")) {
    format.media = "image/jpeg";
    format.format = "JPEG";
  } else if (gst_structure_has_name(structure, "video/x-h264") && profile.ends_with("baseline")) {
    format.media = "video/x-h264";
    format.format = "H264";
  } else {
    return std::nullopt;
  }
  return format;
}

}  // namespace

std::vector<SourceFormat> fileFormats(const std::string& path) {
  checkReadable(path);
  GError* raised = nullptr;
  const StringPtr uri(gst_filename_to_uri(path.c_str(), nullptr));
  const GObjectPtr<GstDiscoverer> discoverer(gst_discoverer_new(kTimeout, &raised));
  if (!uri || !discoverer) {
    const ErrorPtr error(raised);
    throw CoreError("failed", path + ": " + (error ? error->message : "not a path"));
  }
  const GObjectPtr<GstDiscovererInfo> info(gst_discoverer_discover_uri(discoverer.get(), uri.get(), &raised));
  const ErrorPtr error(raised);
  const GstDiscovererResult result = info ? gst_discoverer_info_get_result(info.get()) : GST_DISCOVERER_ERROR;
  if (result == GST_DISCOVERER_TIMEOUT)
    throw CoreError("failed", path + " was not understood in ten seconds");

  if (result == GST_DISCOVERER_MISSING_PLUGINS) {
    const std::string missing = missingForVideo(info.get());
    if (!missing.empty())
      throw CoreError("missing-element", path + " needs what GStreamer lacks: " + missing);
  } else if (result != GST_DISCOVERER_OK) {
    throw CoreError("corrupt", path + ": " + (error ? error->message : "cannot be decoded"));
  }
  const std::unique_ptr<GList, FreeStreams> streams(gst_discoverer_info_get_video_streams(info.get()));
  auto* video = streams ? static_cast<GstDiscovererVideoInfo*>(streams->data) : nullptr;
  if (!video || gst_discoverer_video_info_is_image(video))
    throw CoreError("corrupt", path + " holds no video");
  const SourceFormat format = formatOf(video);
  if (format.width <= 0 || format.height <= 0) throw CoreError("corrupt", path + " holds no picture");
  std::vector<SourceFormat> formats = {format};
  if (const auto encoded = encodedAs(video, format)) formats.push_back(*encoded);
  return formats;
}

}  // namespace teecam
