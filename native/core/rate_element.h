// Thread: any.
// Owns: nothing.
// Ends: never; GStreamer's types live as long as the process.
#pragma once

#include <glib-object.h>

namespace teecam {

/// `teecamrate`: drops frames evenly so that they are never more than `max-framerate` (fraction, 0/1: no
/// limit; set before the element is started). Buffers pass untouched, duration included: rewriting it would
/// cost a copy of the buffer wherever a camera's pool still holds it, and the caps say the rate.
GType rateElementType();

}  // namespace teecam
