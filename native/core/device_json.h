// Thread: any. Owns: nothing. Ends: never.
#pragma once

#include <nlohmann/json.hpp>
#include <vector>

#include "core/control.h"
#include "core/devices.h"
#include "core/source_format.h"

namespace teecam {

// Devices as the appliance reads them: src/camera/messages.ts and src/native/port.ts.

nlohmann::json toJson(const std::vector<SourceFormat>& formats);
nlohmann::json toJson(const std::vector<Control>& controls);
nlohmann::json toJson(const std::vector<CaptureDevice>& devices);

/// Words from drivers and file names need not be UTF-8.
std::string textOf(const nlohmann::json& json);

}  // namespace teecam
