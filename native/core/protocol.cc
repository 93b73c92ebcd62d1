#include "core/protocol.h"

#include <limits>
#include <map>

#include "core/device_json.h"
#include "core/plan_reader.h"
#include "core/version.h"

namespace teecam {

namespace {

using Json = nlohmann::json;
using ReadBody = decltype(Command::body) (*)(const JsonReader&);

ControlSetting readSetting(const JsonReader& json) {
  const auto id = json.at("id").integer(0, std::numeric_limits<std::uint32_t>::max());
  const auto value = json.at("value");
  ControlSetting setting{static_cast<std::uint32_t>(id), {}};
  if (value.isString()) {
    setting.value = value.string();
  } else {
    setting.value =
        value.integer(std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max());
  }
  return setting;
}

const std::map<std::string, ReadBody>& commands() {
  static const std::map<std::string, ReadBody> table = {
      {"probe",
       [](const JsonReader& json) -> decltype(Command::body) {
         ProbeCommand probe{json.at("kind").string(), json.at("path").string()};
         if (probe.kind != "v4l2" && probe.kind != "file") json.at("kind").fail("\"v4l2\" or \"file\"");
         return probe;
       }},
      {"probe-plan",
       [](const JsonReader& json) -> decltype(Command::body) {
         return ProbePlanCommand{readSourcePlan(json.at("plan"))};
       }},
      {"start",
       [](const JsonReader& json) -> decltype(Command::body) {
         return StartCommand{readStagePlan(json.at("plan"))};
       }},
      {"change",
       [](const JsonReader& json) -> decltype(Command::body) {
         return ChangeCommand{readStageChange(json.at("change"))};
       }},
      {"switch-source",
       [](const JsonReader& json) -> decltype(Command::body) {
         const auto source = json.at("source");
         if (source.isNull()) return SwitchSourceCommand{};
         return SwitchSourceCommand{readSourcePlan(source)};
       }},
      {"slate",
       [](const JsonReader& json) -> decltype(Command::body) {
         const auto reason = json.at("reason");
         return SlateCommand{json.at("file").string(), reason.isNull() ? "" : reason.string()};
       }},
      {"key-frame",
       [](const JsonReader& json) -> decltype(Command::body) {
         return KeyFrameCommand{json.at("stream").string()};
       }},
      {"controls",
       [](const JsonReader& json) -> decltype(Command::body) {
         return ControlsCommand{json.at("device").string()};
       }},
      {"set-controls",
       [](const JsonReader& json) -> decltype(Command::body) {
         SetControlsCommand command{json.at("device").string(), {}};
         for (const auto& entry : json.at("values").items()) command.settings.push_back(readSetting(entry));
         return command;
       }},
      {"stop", [](const JsonReader&) -> decltype(Command::body) { return StopCommand{}; }},
  };
  return table;
}

Json toJson(const StreamStats& stream) {
  const BranchStats& stats = stream.stats;
  return {{"open", stats.open},
          {"openings", stats.openings},
          {"encoded", stats.encoded},
          {"published", stats.sink.published},
          {"bytes", stats.sink.bytes},
          {"keyFrames", stats.sink.keyFrames},
          {"dropped", stats.sink.dropped},
          {"copied", stats.sink.copied},
          {"latencyNs", stats.sink.latencyNs},
          {"readers", stats.readers},
          {"brightness", stats.brightness ? Json(*stats.brightness) : Json()}};
}

Json toJson(const Flow& flow) {
  Json byNode = Json::object();
  for (const auto& [node, seen] : flow) byNode[node] = {{"entered", seen.entered}, {"lost", seen.lost}};
  return byNode;
}

Json toJson(const NetworkReading& network) {
  return {{"bytes", network.bytes},
          {"segments", network.segments},
          {"outOfOrder", network.outOfOrder},
          {"roundTripNs", network.roundTripNs}};
}

Json toJson(const Protection& protection) {
  return {{"version", protection.version}, {"cipher", protection.cipher}, {"keyEpoch", protection.keyEpoch}};
}

}  // namespace

Command parseCommand(const std::string& text) {
  std::optional<std::int64_t> id;
  try {
    const Json document = Json::parse(text);
    const JsonReader json(document);
    id = json.at("id").integer(0, std::numeric_limits<std::int64_t>::max());
    const auto type = json.at("type").string();
    const auto known = commands().find(type);
    if (known == commands().end()) json.at("type").fail("a command");
    return {*id, known->second(json)};
  } catch (const Json::exception&) {
    throw BadMessage(id, "not JSON: " + text.substr(0, 80));
  } catch (const std::invalid_argument& error) {
    throw BadMessage(id, error.what());
  }
}

std::string readyEvent() {
  Json names = Json::array();
  for (const auto& [name, read] : commands()) names.push_back(name);
  return textOf(
      {{"event", "ready"},
       {"protocol", kProtocolVersion},
       {"gstreamer", gstreamerVersion()},
       {"commands", names},
       {"events", {"controls", "ready", "source", "stage-failed", "state", "stats", "stopped", "warning"}}});
}

std::string replyDone(std::int64_t id) {
  return textOf({{"reply", id}, {"ok", true}, {"value", Json::object()}});
}

std::string replyProbed(std::int64_t id, const std::vector<SourceFormat>& formats) {
  return textOf({{"reply", id}, {"ok", true}, {"value", {{"formats", toJson(formats)}}}});
}

std::string replyControls(std::int64_t id, const std::vector<Control>& controls,
                          const std::vector<ControlFailure>& failures) {
  Json failed = Json::array();
  for (const auto& failure : failures) failed.push_back({{"id", failure.id}, {"message", failure.message}});
  return textOf(
      {{"reply", id}, {"ok", true}, {"value", {{"controls", toJson(controls)}, {"failed", failed}}}});
}

std::string replyError(std::int64_t id, const std::string& code, const std::string& message) {
  return textOf({{"reply", id}, {"ok", false}, {"error", {{"code", code}, {"message", message}}}});
}

std::string stateEvent(const std::string& state, const std::string& reason, const std::string& detail) {
  return textOf({{"event", "state"},
                 {"state", state},
                 {"reason", reason.empty() ? Json() : Json(reason)},
                 {"detail", detail}});
}

std::string sourceEvent(const SourceFormatInfo& format) {
  return textOf({{"event", "source"},
                 {"caps", format.caps},
                 {"width", format.width},
                 {"height", format.height},
                 {"framerate", {format.framerate.num, format.framerate.den}}});
}

std::string controlsEvent(const std::string& device, const std::vector<Control>& controls) {
  return textOf({{"event", "controls"}, {"device", device}, {"controls", toJson(controls)}});
}

std::string statsEvent(std::uint64_t atNs, const GateStats& gate, const std::vector<StreamStats>& streams,
                       const CameraFlow& flow, const std::optional<NetworkReading>& network,
                       const std::optional<Protection>& protection) {
  Json byStream = Json::object();
  for (const auto& stream : streams) byStream[stream.stream] = toJson(stream);
  return textOf({{"event", "stats"},
                 {"atNs", atNs},
                 {"gate",
                  {{"captured", gate.captured},
                   {"dropped", gate.dropped},
                   {"slates", gate.slates},
                   {"undecodable", gate.undecodable},
                   {"clamped", gate.clamped}}},
                 {"streams", byStream},
                 {"flow", {{"source", toJson(flow.source)}, {"stage", toJson(flow.stage)}}},
                 {"network", network ? toJson(*network) : Json()},
                 {"protection", protection ? toJson(*protection) : Json()}});
}

std::string warningEvent(const std::string& code, const std::string& message, unsigned count) {
  return textOf({{"event", "warning"}, {"code", code}, {"message", message}, {"count", count}});
}

std::string stageFailedEvent(const std::string& node, const std::string& detail) {
  return textOf({{"event", "stage-failed"}, {"node", node}, {"detail", detail}});
}

std::string stoppedEvent() {
  return textOf(Json::object({{"event", "stopped"}}));
}

}  // namespace teecam
