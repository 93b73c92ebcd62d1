// Thread: any; what belongs to a connection is of its client's thread.
// Owns: the users, and the count of wrong passwords.
// Ends: with the server that it was given to, and its clients.
#pragma once

#include <gst/rtsp-server/rtsp-server.h>

#include <functional>
#include <map>
#include <string>

#include "core/rtsp_types.h"

namespace teecam {

/// Asks for a password, by digest or basic, before anything but OPTIONS is answered. A connection that has
/// sent the right one stays inside, whatever others try from its address. `onEvent` hears of each refusal,
/// must not block, and outlives every client. Transfer full.
GstRTSPAuth* newRtspAuth(std::map<std::string, std::string> users,
                         std::function<void(const RtspEvent&)> onEvent);

}  // namespace teecam
