// Thread: any. Owns: plain values. Ends: with its scope.
#pragma once

#include <gst/gst.h>

#include <optional>

#include "core/source_fault.h"

namespace teecam {

/// What an element that reads from a network says: a server that does not answer is another fault than one
/// that refuses. None: the message is of another element.
std::optional<SourceFault> networkFault(GstMessage* errorMessage, bool wasLive);

}  // namespace teecam
