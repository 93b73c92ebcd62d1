#include "core/plan_reader.h"

#include <limits>

namespace teecam {

namespace {

constexpr std::int64_t kMaxPixels = 16384;
constexpr std::int64_t kMaxInt = std::numeric_limits<int>::max();

Fraction readFraction(const JsonReader& json, int leastNumerator) {
  const auto parts = json.items();
  if (parts.size() != 2) json.fail("a fraction as [numerator, denominator]");
  return {static_cast<int>(parts[0].integer(leastNumerator, kMaxInt)),
          static_cast<int>(parts[1].integer(1, kMaxInt))};
}

unsigned readCount(const JsonReader& json, std::int64_t least) {
  return static_cast<unsigned>(json.integer(least, kMaxInt));
}

/// A list, each entry read by `read`.
template <typename Read>
auto readList(const JsonReader& json, Read read) {
  std::vector<decltype(read(json))> list;
  for (const auto& entry : json.items()) list.push_back(read(entry));
  return list;
}

std::string readText(const JsonReader& json) {
  return json.string();
}

GraphNode readNode(const JsonReader& json) {
  GraphNode node{json.at("id").string(), json.at("element").string(), {}};
  json.at("properties").members([&](const std::string& name, const JsonReader& value) {
    node.properties.emplace(name, value.scalar());
  });
  return node;
}

GraphLink readLink(const JsonReader& json) {
  return {json.at("from").string(), json.at("to").string()};
}

Graph readGraph(const JsonReader& json) {
  return {readList(json.at("nodes"), readNode), readList(json.at("links"), readLink)};
}

Media readMedia(const JsonReader& json) {
  const std::string name = json.string();
  if (name == "raw") return Media::kRaw;
  if (name == "jpeg") return Media::kJpeg;
  if (name == "h264") return Media::kH264;
  if (name != "h265") json.fail("raw, jpeg, h264 or h265");
  return Media::kH265;
}

PlaylistPlan readPlaylist(const JsonReader& json) {
  PlaylistPlan plan{json.at("node").string(), json.at("property").string(), {}, std::nullopt};
  for (const auto& item : json.at("items").items(1)) plan.items.push_back(item.string());
  const auto loops = json.at("loops");
  if (!loops.isNull()) plan.loops = readCount(loops, 1);
  return plan;
}

GatePlan readGate(const JsonReader& json) {
  GatePlan plan;
  plan.width = static_cast<int>(json.at("width").integer(1, kMaxPixels));
  plan.height = static_cast<int>(json.at("height").integer(1, kMaxPixels));
  plan.framerate = readFraction(json.at("framerate"), 0);
  plan.stallMs = readCount(json.at("stallMs"), 1);
  plan.slateFramerate = readFraction(json.at("slateFramerate"), 1);
  const auto file = json.at("slateFile");
  if (!file.isNull()) plan.slateFile = file.string();
  plan.media = readMedia(json.at("media"));
  plan.slateEncoder = readList(json.at("slateEncoder"), readNode);
  return plan;
}

KeyFrameBy readKeyFrameBy(const JsonReader& json) {
  if (json.isNull()) return {};
  const auto type = json.at("by").string();
  if (type == "signal") return {json.at("signal").string(), "", ""};
  if (type != "property") json.at("by").fail("\"signal\" or \"property\"");
  return {"", json.at("property").string(), json.at("value").scalar()};
}

BranchPlan readBranch(const JsonReader& json) {
  BranchPlan plan;
  plan.stream = json.at("stream").string();
  for (const auto& valve : json.at("valves").items(1)) plan.valves.push_back(valve.string());
  const auto encoder = json.at("encoder");
  if (!encoder.isNull()) plan.encoder = encoder.string();
  plan.sink = json.at("sink").string();
  plan.ring = json.at("ring").string();
  const auto gop = json.at("gopFrames");
  if (!gop.isNull()) plan.gopFrames = readCount(gop, 1);
  plan.keyFrameBy = readKeyFrameBy(json.at("keyFrameBy"));
  plan.always = json.at("always").boolean();
  plan.lingerMs = readCount(json.at("lingerMs"), 0);
  return plan;
}

}  // namespace

StagePlan readStagePlan(const JsonReader& json) {
  StagePlan plan;
  plan.camera = json.at("camera").string();
  plan.graph = readGraph(json.at("graph"));
  plan.inlet = json.at("inlet").string();
  plan.gate = readGate(json.at("gate"));
  plan.branches = readList(json.at("branches"), readBranch);
  const auto sleepAfter = json.at("sleepAfterMs");
  if (!sleepAfter.isNull()) plan.sleepAfterMs = readCount(sleepAfter, 0);
  return plan;
}

EncoderTrial readEncoderTrial(const JsonReader& json) {
  return {readGraph(json.at("graph")), json.at("encoder").string(), json.at("sink").string(),
          readKeyFrameBy(json.at("keyFrameBy")), readCount(json.at("keyFrameEvery"), 1)};
}

StageChange readStageChange(const JsonReader& json) {
  const auto remove = json.at("remove");
  const auto add = json.at("add");
  const auto readSetting = [](const JsonReader& setting) {
    return PropertySetting{setting.at("node").string(), setting.at("property").string(),
                           setting.at("value").scalar()};
  };
  return {readList(json.at("set"), readSetting),    readList(remove.at("nodes"), readText),
          readList(remove.at("streams"), readText), readList(add.at("nodes"), readNode),
          readList(add.at("links"), readLink),      readList(add.at("branches"), readBranch),
          readList(json.at("adjust"), readBranch),  readList(json.at("drafts"), readText)};
}

SourcePlan readSourcePlan(const JsonReader& json) {
  SourcePlan plan;
  plan.graph = readGraph(json.at("graph"));
  plan.media = readMedia(json.at("media"));
  plan.outlet = json.at("outlet").string();
  plan.foreignClock = json.at("foreignClock").boolean();
  const auto certificate = json.at("certificate");
  if (!certificate.isNull()) plan.certificate = certificate.string();
  const auto playlist = json.at("playlist");
  if (!playlist.isNull()) plan.playlist = readPlaylist(playlist);
  return plan;
}

}  // namespace teecam
