// Thread: the server's own accepts.
// Owns: nothing beyond what every GstRTSPServer does.
// Ends: with its last reference.
#pragma once

#include <gst/rtsp-server/rtsp-server.h>

namespace teecam {

/// An RTSP server that closes a new connection at once when this process has no files left to serve it with.
/// Transfer full.
GstRTSPServer* newRtspAcceptor();

}  // namespace teecam
