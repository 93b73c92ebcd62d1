#include "core/protocol.h"

#include <limits>
#include <map>

#include "core/plan_reader.h"
#include "core/version.h"

namespace teecam {

namespace {

using Json = nlohmann::json;
using ReadBody = decltype(Command::body) (*)(const JsonReader&);

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
      {"stop", [](const JsonReader&) -> decltype(Command::body) { return StopCommand{}; }},
  };
  return table;
}

/// Words from drivers and file names need not be UTF-8.
std::string line(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
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
          {"readers", stats.readers}};
}

Json toJson(const Flow& flow) {
  Json byNode = Json::object();
  for (const auto& [node, seen] : flow) byNode[node] = {{"entered", seen.entered}, {"lost", seen.lost}};
  return byNode;
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
  return line({{"event", "ready"},
               {"protocol", kProtocolVersion},
               {"gstreamer", gstreamerVersion()},
               {"commands", names},
               {"events", {"ready", "source", "stage-failed", "state", "stats", "stopped", "warning"}}});
}

std::string replyDone(std::int64_t id) {
  return line({{"reply", id}, {"ok", true}, {"value", Json::object()}});
}

std::string replyProbed(std::int64_t id, const std::vector<SourceFormat>& formats) {
  Json list = Json::array();
  for (const auto& format : formats) {
    Json rates = Json::array();
    for (const auto& rate : format.framerates) rates.push_back({rate.num, rate.den});
    list.push_back({{"media", format.media},
                    {"format", format.format},
                    {"width", format.width},
                    {"height", format.height},
                    {"framerates", rates}});
  }
  return line({{"reply", id}, {"ok", true}, {"value", {{"formats", list}}}});
}

std::string replyError(std::int64_t id, const std::string& code, const std::string& message) {
  return line({{"reply", id}, {"ok", false}, {"error", {{"code", code}, {"message", message}}}});
}

std::string stateEvent(const std::string& state, const std::string& reason, const std::string& detail) {
  return line({{"event", "state"},
               {"state", state},
               {"reason", reason.empty() ? Json() : Json(reason)},
               {"detail", detail}});
}

std::string sourceEvent(const SourceFormatInfo& format) {
  return line({{"event", "source"},
               {"caps", format.caps},
               {"width", format.width},
               {"height", format.height},
               {"framerate", {format.framerate.num, format.framerate.den}}});
}

std::string statsEvent(std::uint64_t atNs, const GateStats& gate, const std::vector<StreamStats>& streams,
                       const CameraFlow& flow) {
  Json byStream = Json::object();
  for (const auto& stream : streams) byStream[stream.stream] = toJson(stream);
  return line({{"event", "stats"},
               {"atNs", atNs},
               {"gate",
                {{"captured", gate.captured},
                 {"dropped", gate.dropped},
                 {"slates", gate.slates},
                 {"undecodable", gate.undecodable},
                 {"clamped", gate.clamped}}},
               {"streams", byStream},
               {"flow", {{"source", toJson(flow.source)}, {"stage", toJson(flow.stage)}}}});
}

std::string warningEvent(const std::string& code, const std::string& message, unsigned count) {
  return line({{"event", "warning"}, {"code", code}, {"message", message}, {"count", count}});
}

std::string stageFailedEvent(const std::string& node, const std::string& detail) {
  return line({{"event", "stage-failed"}, {"node", node}, {"detail", detail}});
}

std::string stoppedEvent() {
  return line(Json::object({{"event", "stopped"}}));
}

}  // namespace teecam
