#include "core/source_fault.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <filesystem>
#include <regex>
#include <string_view>

#include "core/gst_ptr.h"
#include "core/network_fault.h"

namespace teecam {

namespace {

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != text.npos;
}

std::string reasonFromWords(std::string_view words, bool wasLive) {
  if (contains(words, "No such device") || contains(words, "No such file"))
    return wasLive ? "gone" : "no-device";
  if (contains(words, "resource busy")) return "busy";
  if (contains(words, "Permission denied") || contains(words, "not permitted")) return "no-permission";
  // v4l2src's words for a driver that refuses buffers or their start, whatever it says itself
  if (contains(words, "pool activation failed")) return "not-started";
  if (contains(words, "not-negotiated")) return "format-refused";
  return "";
}

std::string reasonFromCode(const GError& error, bool wasLive) {
  if (error.domain == GST_RESOURCE_ERROR) {
    switch (error.code) {
      case GST_RESOURCE_ERROR_NOT_FOUND:
        return wasLive ? "gone" : "no-device";
      case GST_RESOURCE_ERROR_BUSY:
        return "busy";
      case GST_RESOURCE_ERROR_NOT_AUTHORIZED:
        return "no-permission";
      case GST_RESOURCE_ERROR_SETTINGS:
        return wasLive ? "gone" : "format-refused";
      default:
        return wasLive ? "gone" : "failed";  // v4l2src: READ and even NO_SPACE_LEFT when unplugged
    }
  }
  if (error.domain == GST_STREAM_ERROR) {
    switch (error.code) {
      case GST_STREAM_ERROR_TYPE_NOT_FOUND:
      case GST_STREAM_ERROR_WRONG_TYPE:
      case GST_STREAM_ERROR_DECODE:
      case GST_STREAM_ERROR_DEMUX:
        return "corrupt";
      case GST_STREAM_ERROR_CODEC_NOT_FOUND:
        return "missing-element";
      case GST_STREAM_ERROR_FORMAT:
        return "format-refused";
      default:
        return wasLive ? "gone" : "failed";
    }
  }
  if (error.domain == GST_CORE_ERROR && error.code == GST_CORE_ERROR_MISSING_PLUGIN) return "missing-element";
  if (error.domain == GST_CORE_ERROR && error.code == GST_CORE_ERROR_NEGOTIATION) return "format-refused";
  return "failed";
}

/// The last line of GStreamer's debug text holds the system's own words; the ones before are source lines.
std::string lastLine(const char* debug) {
  std::string text = debug == nullptr ? "" : debug;
  while (!text.empty() && text.back() == '\n') text.pop_back();
  const auto start = text.rfind('\n');
  return start == text.npos ? "" : text.substr(start + 1);
}

bool isCaptureDevice(GstObject* from) {
  return from != nullptr && g_object_class_find_property(G_OBJECT_GET_CLASS(from), "device-fd") != nullptr;
}

/// Whether the kernel still has the device of the element. It is not asked itself: a driver that hangs would
/// keep the answer, and with it every other camera of this thread.
bool isRegistered(GstObject* from) {
  if (!isCaptureDevice(from)) return false;
  gint fd = -1;
  g_object_get(from, "device-fd", &fd, nullptr);
  struct stat node {};
  if (fd < 0 || fstat(fd, &node) != 0) return false;
  const std::string entry =
      "/sys/dev/char/" + std::to_string(major(node.st_rdev)) + ":" + std::to_string(minor(node.st_rdev));
  return access(entry.c_str(), F_OK) == 0;
}

}  // namespace

SourceFault classifyFault(const GError& error, const char* debug, bool wasLive) {
  const std::string message = error.message;
  std::string reason = reasonFromWords(message + "\n" + (debug == nullptr ? "" : debug), wasLive);
  if (reason.empty()) reason = reasonFromCode(error, wasLive);
  const std::string system = lastLine(debug);
  return {reason, withoutCredentials(system.empty() ? message : message + " (" + system + ")")};
}

SourceFault classifyFault(GstMessage* errorMessage, bool wasLive) {
  if (auto fault = networkFault(errorMessage, wasLive)) return *fault;
  GError* error = nullptr;
  gchar* debug = nullptr;
  gst_message_parse_error(errorMessage, &error, &debug);
  const ErrorPtr ownedError(error);
  const StringPtr ownedDebug(debug);
  SourceFault fault = classifyFault(*error, debug, wasLive);
  if (fault.reason == "gone" && isRegistered(GST_MESSAGE_SRC(errorMessage))) fault.reason = "read-failed";
  return fault;
}

std::string captureNode(GstObject* element) {
  if (!isCaptureDevice(element)) return "";
  gchar* node = nullptr;
  g_object_get(element, "device", &node, nullptr);
  const StringPtr owned(node);
  // by-id and by-path are links
  std::error_code none;
  return node == nullptr ? "" : std::filesystem::weakly_canonical(node, none).string();
}

std::optional<SourceFault> classifyWarning(GstMessage* warning) {
  if (!isCaptureDevice(GST_MESSAGE_SRC(warning))) return std::nullopt;
  GError* error = nullptr;
  gst_message_parse_warning(warning, &error, nullptr);
  const ErrorPtr owned(error);
  if (!g_error_matches(error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_READ)) return std::nullopt;
  return SourceFault{"no-signal", error->message};
}

std::string withoutCredentials(const std::string& text) {
  static const std::regex credentials(R"(://[^/@\s]+@)");
  return std::regex_replace(text, credentials, "://");
}

}  // namespace teecam
