#include "core/version.h"

#include <gst/gst.h>

#include <string>

namespace teecam {

const char* gstreamerVersion() {
  static const std::string version = [] {
    guint major = 0, minor = 0, micro = 0, nano = 0;
    gst_version(&major, &minor, &micro, &nano);
    return std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(micro);
  }();
  return version.c_str();
}

}  // namespace teecam
