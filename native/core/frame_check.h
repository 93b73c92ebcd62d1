// Thread: any. Owns: nothing. Ends: never.
#pragma once

#include <gst/gst.h>

#include "core/plan.h"

namespace teecam {

/// Whether a viewer could make a picture of it, as far as can be told without decoding: nothing that the
/// driver calls broken, JPEG from its beginning to its end. Zeros behind the end are a driver's padding.
bool isWhole(GstBuffer* buffer, Media media);

/// Needs no frame before it.
bool isKey(GstBuffer* buffer, Media media);

}  // namespace teecam
