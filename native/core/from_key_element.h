// Thread: any.
// Owns: nothing.
// Ends: never; GStreamer's types live as long as the process.
#pragma once

#include <glib-object.h>

namespace teecam {

/// `teecamfromkey`: of encoded frames that need one another, passes none that could not be decoded. It begins
/// at a key frame, and after a discontinuity (a valve that was closed, a queue that overran) at the next one,
/// which it marks as such.
GType fromKeyElementType();

}  // namespace teecam
