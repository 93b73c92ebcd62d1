// Thread: any. Owns: nothing. Ends: never.
#pragma once

namespace teecam {

/// Whether a thread of this process waits in the kernel where no signal reaches it (state D): then the
/// process cannot end either, neither by itself nor when it is killed, and keeps all its files open.
bool hangsInKernel();

}  // namespace teecam
