// Thread: any.
// Owns: nothing.
// Ends: never.
#pragma once

namespace teecam {

/// Whether a connection may still be taken in. The last eighth of the files that this process may open, 64 at
/// most, are kept for what serves those who are here already: GLib ends the program (g_error) when it has
/// none left for the wake-up of a new context, which every RTSP media needs.
bool filesAreLeft();

}  // namespace teecam
