// Thread: one of the caller's that may wait for a decoder.
// Owns: nothing.
// Ends: after ten seconds at most.
#pragma once

#include <string>
#include <vector>

#include "core/source_format.h"

namespace teecam {

/// The decoded pictures of a video file, and what it holds where that can be delivered as it is: JPEG, and
/// H.264 whose frames are stored in the order in which they are shown. Throws CoreError: `no-device`,
/// `no-permission`, `corrupt`, `missing-element`, `failed`.
std::vector<SourceFormat> fileFormats(const std::string& path);

}  // namespace teecam
