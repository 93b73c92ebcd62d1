// Thread: any. Owns: nothing. Ends: never.
#pragma once

#include <string>

namespace teecam {

/// Takes away what this process has mapped of a device node. Only for a source that has given no frame and
/// whose pipeline is gone: nobody knows of these mappings any more.
void unmapDevice(const std::string& node);

}  // namespace teecam
