// Thread: any.
// Owns: nothing.
// Ends: never; GStreamer's types live as long as the process.
#pragma once

#include <glib-object.h>

namespace teecam {

/// `teecamhttpsrc`: what an address gives, live and without an end. A response that ends, as a single picture
/// does, is asked for again over the same connection, `max-framerate` (fraction) times a second at most; what
/// is behind sees one stream of bytes, each stamped with the time of its arrival. `location`, `user-id`,
/// `user-pw` and `timeout` (seconds) are those of souphttpsrc. A type of content that can hold no JPEG is an
/// error (STREAM, WRONG_TYPE).
GType httpSourceType();

}  // namespace teecam
