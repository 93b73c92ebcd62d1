// Thread: one of the caller's that may wait for servers and decoders, not the control thread.
// Owns: nothing.
// Ends: with the source's first frames, its fault, or after ten seconds.
#pragma once

#include <vector>

#include "core/plan.h"
#include "core/source_format.h"

namespace teecam {

/// Plays a source to its first frames and tells as what its frames can be delivered: JPEG, H.264, H.265 or,
/// of these, the decoded picture, which costs less where nobody wants it as it is. Empty: nothing that Teecam
/// can pass on. Throws CoreError with a reason of src/camera/messages.ts.
std::vector<SourceFormat> deliveredFormats(const SourcePlan& plan);

}  // namespace teecam
