// Thread: any. Owns: nothing. Ends: never.
#pragma once

namespace teecam {

/// Counts up when a message between appliance and core changes its meaning; src/camera/messages.ts has the
/// same number.
inline constexpr int kProtocolVersion = 1;

/// GStreamer's version at run time, as "1.22.0".
const char* gstreamerVersion();

}  // namespace teecam
