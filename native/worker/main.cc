#include <cstdio>

#include "core/version.h"

int main() {
  std::printf("teecam-worker, protocol %d, GStreamer %s\n", teecam::kProtocolVersion,
              teecam::gstreamerVersion());
  return 0;
}
