#include "core/device_answers.h"

#include "core/plan_probe.h"
#include "core/source_probe.h"
#include "core/v4l2_controls.h"
#include "core/v4l2_node.h"

namespace teecam {

std::string answerTo(std::int64_t id, const ProbeCommand& command) {
  return replyProbed(id, probeFormats(command.kind, command.path));
}

std::string answerTo(std::int64_t id, const ProbePlanCommand& command) {
  return replyProbed(id, deliveredFormats(command.plan));
}

std::string answerTo(std::int64_t id, const ControlsCommand& command) {
  return replyControls(id, readControls(V4l2Node(command.device)), {});
}

std::string answerTo(std::int64_t id, const SetControlsCommand& command) {
  const V4l2Node node(command.device);
  const auto failures = setControls(node, command.settings);
  return replyControls(id, readControls(node), failures);
}

}  // namespace teecam
