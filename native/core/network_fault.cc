#include "core/network_fault.h"

#include <string>
#include <string_view>

#include "core/gst_ptr.h"

namespace teecam {

namespace {

bool isOfNetwork(GstObject* from) {
  if (!GST_IS_ELEMENT(from)) return false;
  GstElementFactory* factory = gst_element_get_factory(GST_ELEMENT(from));
  const gchar* klass =
      factory == nullptr ? nullptr : gst_element_factory_get_metadata(factory, GST_ELEMENT_METADATA_KLASS);
  return klass != nullptr && std::string_view(klass).find("Source/Network") != std::string_view::npos;
}

/// What the server answered, or 0: it did not. HTTP and RTSP have the same numbers.
guint statusOf(GstMessage* message) {
  const GstStructure* details = nullptr;
  gst_message_parse_error_details(message, &details);
  guint status = 0;
  for (const char* field : {"http-status-code", "rtsp-status-code"}) {
    if (details != nullptr && gst_structure_get_uint(details, field, &status) && status > 0) return status;
  }
  return 0;
}

/// Whether what came could not be given to the elements that were planned for it.
bool isOfAnotherKind(GstMessage* message) {
  const GstStructure* details = nullptr;
  gst_message_parse_error_details(message, &details);
  gint flow = GST_FLOW_OK;
  if (details == nullptr || !gst_structure_get_int(details, "flow-return", &flow)) return false;
  return flow == GST_FLOW_NOT_LINKED || flow == GST_FLOW_NOT_NEGOTIATED;
}

std::string reasonFromStatus(guint status) {
  switch (status) {
    case 401:
    case 403:
      return "refused";
    case 404:
    case 410:
      return "no-device";
    case 453:  // not enough bandwidth
    case 503:
      return "busy";
    default:
      return "failed";
  }
}

/// Host and port of the address that the element reads.
std::string serverOf(GstObject* from) {
  if (g_object_class_find_property(G_OBJECT_GET_CLASS(from), "location") == nullptr) return "the server";
  gchar* location = nullptr;
  g_object_get(from, "location", &location, nullptr);
  const StringPtr owned(location);
  std::string text = withoutCredentials(location == nullptr ? "" : location);
  if (const auto scheme = text.find("://"); scheme != text.npos) text.erase(0, scheme + 3);
  text = text.substr(0, text.find_first_of("/?#"));
  return text.empty() ? "the server" : text;
}

SourceFault faultWithoutAnswer(GstObject* from, const GError& error, bool wasLive) {
  const std::string words = withoutCredentials(error.message);
  if (error.domain == GST_RESOURCE_ERROR && error.code == GST_RESOURCE_ERROR_NOT_AUTHORIZED)
    return {"refused", words};
  if (error.domain == GST_STREAM_ERROR && error.code != GST_STREAM_ERROR_FAILED)
    return {"format-refused", words};
  if (error.domain == GST_CORE_ERROR || error.domain == GST_LIBRARY_ERROR) return {"failed", words};
  // GStreamer's words are of no use here: "Could not open resource for reading and writing.", and with
  // libsoup 3 nothing but "Internal data stream error."
  const std::string server = serverOf(from);
  if (wasLive) return {"gone", "the connection to " + server + " was lost"};
  return {"unreachable", server + " does not answer"};
}

}  // namespace

std::optional<SourceFault> networkFault(GstMessage* errorMessage, bool wasLive) {
  if (!isOfNetwork(GST_MESSAGE_SRC(errorMessage))) return std::nullopt;
  GError* raised = nullptr;
  gst_message_parse_error(errorMessage, &raised, nullptr);
  const ErrorPtr error(raised);
  if (isOfAnotherKind(errorMessage))
    return SourceFault{"format-refused", "it gives something else than before"};
  const guint status = statusOf(errorMessage);
  if (status < 400) return faultWithoutAnswer(GST_MESSAGE_SRC(errorMessage), *error, wasLive);
  return SourceFault{reasonFromStatus(status),
                     withoutCredentials(error->message) + " (" + std::to_string(status) + ")"};
}

}  // namespace teecam
