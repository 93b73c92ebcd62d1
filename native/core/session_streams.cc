#include "core/session_streams.h"

#include <string_view>

namespace teecam {

namespace {

/// Asked once for each stream of a description, in its order, on a thread of the element.
gboolean isChosen(GstElement* element, guint number, GstCaps* caps, gpointer) {
  static const GQuark chosen = g_quark_from_static_string("teecam-chosen-stream");
  const gchar* media = gst_structure_get_string(gst_caps_get_structure(caps, 0), "media");
  if (media == nullptr || std::string_view(media) != "video") return FALSE;
  const gpointer before = g_object_get_qdata(G_OBJECT(element), chosen);
  const gpointer mine = GUINT_TO_POINTER(number + 1);
  if (before == nullptr) g_object_set_qdata(G_OBJECT(element), chosen, mine);
  return before == nullptr || before == mine;
}

}  // namespace

void takeVideoOnly(GstElement* element) {
  if (g_signal_lookup("select-stream", G_OBJECT_TYPE(element)) == 0) return;
  g_signal_connect(element, "select-stream", G_CALLBACK(isChosen), nullptr);
}

}  // namespace teecam
