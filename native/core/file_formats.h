// Thread: one of the caller's that may wait for a decoder.
// Owns: nothing.
// Ends: after ten seconds at most.
#pragma once

#include <string>

#include "core/source_format.h"

namespace teecam {

/// The decoded pictures of a video file. Throws CoreError: `no-device`, `no-permission`, `corrupt`,
/// `missing-element`, `failed`.
SourceFormat fileFormat(const std::string& path);

}  // namespace teecam
