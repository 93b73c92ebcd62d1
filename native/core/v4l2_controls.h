// Thread: one at a time that may wait for drivers.
// Owns: nothing.
// Ends: never.
#pragma once

#include <string>
#include <vector>

#include "core/control.h"

namespace teecam {

class V4l2Node;

/// All controls of a device that hold one value, in the device's order, with their values. Throws CoreError
/// when the device is gone.
std::vector<Control> readControls(const V4l2Node& node);

/// In this order; one that the driver refuses keeps none of the others from being set.
std::vector<ControlFailure> setControls(const V4l2Node& node, const std::vector<ControlSetting>& settings);

/// As v4l2-ctl makes it of what a driver calls a control: "White Balance, Automatic" is
/// white_balance_automatic.
std::string controlName(const std::string& label);

}  // namespace teecam
