// Thread: gst-rtsp-server's client and media threads.
// Owns: each media owns its pipeline and, while it is prepared, the feed that reads the ring.
// Ends: the last client's leaving unprepares the media; that ends the feed and lets go of the ring.
#pragma once

#include <gst/rtsp-server/rtsp-server.h>

#include <memory>

#include "core/rtsp_mount.h"

namespace teecam {

class RtspFeed;

/// Transfer full. Makes one shared media for all clients of the mount.
GstRTSPMediaFactory* newRtspFactory(std::shared_ptr<RtspMount> mount);

/// Null when the media is not one of ours. Lives as long as the media.
RtspFeed* rtspFeed(GstRTSPMedia* media);

/// To be called when a request of the client is answered: until then it keeps the media that it found
/// prepared.
void releaseRtspMedia(GstRTSPClient* client);

}  // namespace teecam
