// Thread: one of the caller's that may wait for drivers and decoders, not the control thread.
// Owns: nothing.
// Ends: when the device has answered; a wedged driver takes as long as it likes.
#pragma once

#include <cstdint>
#include <string>

#include "core/protocol.h"

namespace teecam {

// Commands that ask a device or a file, or set something of it, through a descriptor of their own: each gives
// its reply, or throws CoreError.

std::string answerTo(std::int64_t id, const ProbeCommand& command);
std::string answerTo(std::int64_t id, const ProbePlanCommand& command);
std::string answerTo(std::int64_t id, const ControlsCommand& command);
std::string answerTo(std::int64_t id, const SetControlsCommand& command);

}  // namespace teecam
