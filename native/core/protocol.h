// Thread: any. Owns: plain values. Ends: with its scope.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/branch.h"
#include "core/control.h"
#include "core/flow_meter.h"
#include "core/gate.h"
#include "core/live_caps.h"
#include "core/network_gauge.h"
#include "core/plan.h"
#include "core/source_format.h"
#include "core/tls_gauge.h"

namespace teecam {

// The messages of src/camera/messages.ts, which says what each means.

struct ProbeCommand {
  std::string kind;
  std::string path;
};
struct ProbePlanCommand {
  SourcePlan plan;
};
struct StartCommand {
  StagePlan plan;
};
struct ChangeCommand {
  StageChange change;
};
struct SwitchSourceCommand {
  std::optional<SourcePlan> source;
};
struct SlateCommand {
  std::string file;
  std::string reason;  // empty: none
};
struct KeyFrameCommand {
  std::string stream;
};
struct ControlsCommand {
  std::string device;
};
struct SetControlsCommand {
  std::string device;
  std::vector<ControlSetting> settings;
};
struct StopCommand {};

struct Command {
  std::int64_t id = 0;
  std::variant<ProbeCommand, ProbePlanCommand, StartCommand, ChangeCommand, SwitchSourceCommand, SlateCommand,
               KeyFrameCommand, ControlsCommand, SetControlsCommand, StopCommand>
      body;
};

/// A message that is no command. With an id it can be answered.
class BadMessage : public std::runtime_error {
 public:
  BadMessage(std::optional<std::int64_t> id, const std::string& message)
      : std::runtime_error(message), id_(id) {}
  std::optional<std::int64_t> id() const { return id_; }

 private:
  std::optional<std::int64_t> id_;
};

/// Throws BadMessage, which says what was expected where.
Command parseCommand(const std::string& json);

// One line of JSON each, without the line's end.
std::string readyEvent();
std::string replyDone(std::int64_t id);
std::string replyProbed(std::int64_t id, const std::vector<SourceFormat>& formats);
std::string replyControls(std::int64_t id, const std::vector<Control>& controls,
                          const std::vector<ControlFailure>& failures);
std::string replyError(std::int64_t id, const std::string& code, const std::string& message);
/// An empty reason is null.
std::string stateEvent(const std::string& state, const std::string& reason, const std::string& detail);
std::string sourceEvent(const SourceFormatInfo& format);
std::string controlsEvent(const std::string& device, const std::vector<Control>& controls);
std::string warningEvent(const std::string& code, const std::string& message, unsigned count);
std::string stageFailedEvent(const std::string& node, const std::string& detail);
std::string stoppedEvent();

struct StreamStats {
  std::string stream;
  BranchStats stats;
};
/// What passes through a camera, ahead of the gate and behind it.
struct CameraFlow {
  Flow source;
  Flow stage;
};
std::string statsEvent(std::uint64_t atNs, const GateStats& gate, const std::vector<StreamStats>& streams,
                       const CameraFlow& flow, const std::optional<NetworkReading>& network,
                       const std::optional<Protection>& protection);

}  // namespace teecam
