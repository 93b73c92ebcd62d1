// Thread: any; before the element is started.
// Owns: nothing.
// Ends: with the element.
#pragma once

#include <gst/gst.h>

namespace teecam {

/// Of what a server offers, an element that lets one choose (rtspsrc) takes the first stream of pictures:
/// sound and what else there is would be sent for nobody. Other elements stay as they are.
void takeVideoOnly(GstElement* element);

}  // namespace teecam
