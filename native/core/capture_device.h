// Thread: any. Owns: nothing. Ends: never.
#pragma once

#include <optional>
#include <string>

#include "core/plan.h"

namespace teecam {

/// The V4L2 node that a source opens, if it opens one.
std::optional<std::string> captureDevice(const SourcePlan& plan);

/// What no other source can have while this one does: its node, or the kind of source where there is none.
std::string claimOf(const SourcePlan& plan);

}  // namespace teecam
