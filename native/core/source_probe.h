// Thread: one of the caller's that may wait for drivers and decoders, not the control thread.
// Owns: nothing.
// Ends: when the source has answered; a file's decoder is given ten seconds, a wedged driver takes as long as
// it
//       likes.
#pragma once

#include <string>
#include <vector>

#include "core/source_format.h"

namespace teecam {

/// What a source offers, the device's own order of formats kept. `kind` is `v4l2` or `file`; a file's first
/// format is that of its decoded pictures. Throws CoreError with a reason of src/camera/messages.ts:
/// `no-device`, `busy`, `no-permission`, `format-refused`, `corrupt`, `missing-element`, `failed`.
std::vector<SourceFormat> probeFormats(const std::string& kind, const std::string& path);

}  // namespace teecam
