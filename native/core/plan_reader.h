// Thread: any. Owns: nothing. Ends: never.
#pragma once

#include "core/json_reader.h"
#include "core/plan.h"

namespace teecam {

/// Plans from JSON. All throw std::invalid_argument with the path of what is wrong.
StagePlan readStagePlan(const JsonReader& json);
StageChange readStageChange(const JsonReader& json);
EncoderTrial readEncoderTrial(const JsonReader& json);
SourcePlan readSourcePlan(const JsonReader& json);

}  // namespace teecam
