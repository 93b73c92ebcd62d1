#include <gst/gst.h>

#include <stdexcept>

#include "core/from_key_element.h"
#include "core/full_range_element.h"
#include "core/http_source.h"
#include "core/rate_element.h"
#include "core/ring_sink.h"

namespace teecam {

namespace {

gboolean registerTypes(GstPlugin* plugin) {
  return gst_element_register(plugin, "teecamrate", GST_RANK_NONE, rateElementType()) &&
         gst_element_register(plugin, "teecamfromkey", GST_RANK_NONE, fromKeyElementType()) &&
         gst_element_register(plugin, "teecamfullrange", GST_RANK_NONE, fullRangeElementType()) &&
         gst_element_register(plugin, "teecamhttpsrc", GST_RANK_NONE, httpSourceType()) &&
         gst_element_register(plugin, "teecamringsink", GST_RANK_NONE, ringSinkType());
}

}  // namespace

void registerElements() {
  static const bool registered =
      gst_plugin_register_static(GST_VERSION_MAJOR, GST_VERSION_MINOR, "teecam", "Teecam's own elements",
                                 registerTypes, "1", "MIT/X11", "teecam", "teecam", "teecam");
  if (!registered) throw std::runtime_error("GStreamer does not take Teecam's elements");
}

}  // namespace teecam
