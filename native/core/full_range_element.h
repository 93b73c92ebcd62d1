// Thread: any.
// Owns: nothing.
// Ends: never; GStreamer's types live as long as the process.
#pragma once

#include <glib-object.h>

namespace teecam {

/// `teecamfullrange`: makes I420 the full-range BT.601 that JPEG decoders take every picture for. jpegenc
/// encodes the samples as they come, so that a camera's limited range would look flat, and videoconvert
/// leaves them too where the matrix is the same (GStreamer 1.22). Costs nothing where nothing is to be done.
GType fullRangeElementType();

}  // namespace teecam
