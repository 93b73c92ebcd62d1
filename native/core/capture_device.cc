#include "core/capture_device.h"

#include <algorithm>

namespace teecam {

std::optional<std::string> captureDevice(const SourcePlan& plan) {
  const auto camera = std::ranges::find(plan.graph.nodes, "v4l2src", &GraphNode::element);
  if (camera == plan.graph.nodes.end()) return std::nullopt;
  const auto device = camera->properties.find("device");
  return device == camera->properties.end() ? std::nullopt : std::optional(device->second);
}

std::string claimOf(const SourcePlan& plan) {
  if (auto device = captureDevice(plan)) return *device;
  return plan.graph.nodes.empty() ? "" : plan.graph.nodes.front().element;
}

}  // namespace teecam
