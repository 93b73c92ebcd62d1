// Thread: any. Owns: plain values. Ends: with its scope.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace teecam {

// The graphs that the planner makes; src/plan/graph.ts has what each field means.

struct Fraction {
  int num = 0;
  int den = 1;
};

struct GraphNode {
  std::string id;
  std::string element;
  std::map<std::string, std::string> properties;  // as GStreamer would parse them from a string
};

struct GraphLink {
  std::string from;
  std::string to;
};

struct Graph {
  std::vector<GraphNode> nodes;
  std::vector<GraphLink> links;
};

struct PlaylistPlan {
  std::string node;
  std::string property;
  std::vector<std::string> items;
  std::optional<unsigned> loops;  // nullopt: for ever
};

/// What passes from source to stage.
enum class Media { kRaw, kJpeg, kH264, kH265 };

/// Frames need those before them, back to a key frame.
constexpr bool comesInGroups(Media media) {
  return media == Media::kH264 || media == Media::kH265;
}

struct SourcePlan {
  Graph graph;
  Media media = Media::kRaw;
  std::string outlet;
  std::optional<PlaylistPlan> playlist;
  bool foreignClock = false;
  std::string certificate;  // empty: what this machine trusts
};

struct GatePlan {
  int width = 0;
  int height = 0;
  Fraction framerate;
  unsigned stallMs = 0;
  Fraction slateFramerate;
  std::optional<std::string> slateFile;
  Media media = Media::kRaw;
  std::vector<GraphNode> slateEncoder;  // none: raw
};

/// How an encoder is asked for a key frame: neither is the force-key-unit event.
struct KeyFrameBy {
  std::string signal;    // an action signal without arguments
  std::string property;  // set to `value`
  std::string value;
};

struct BranchPlan {
  std::string stream;
  std::vector<std::string> valves;
  std::optional<std::string> encoder;
  std::string sink;
  std::string ring;
  std::optional<unsigned> gopFrames;
  KeyFrameBy keyFrameBy;
  bool always = false;
  unsigned lingerMs = 0;
};

/// What an encoder is to be tried with, by itself.
struct EncoderTrial {
  Graph graph;
  std::string encoder;
  std::string sink;
  KeyFrameBy keyFrameBy;
  unsigned keyFrameEvery = 1;  // frames
};

struct StagePlan {
  std::string camera;
  Graph graph;
  std::string inlet;
  GatePlan gate;
  std::vector<BranchPlan> branches;
  std::optional<unsigned> sleepAfterMs;
};

struct PropertySetting {
  std::string node;
  std::string property;
  std::string value;
};

struct StageChange {
  std::vector<PropertySetting> set;
  std::vector<std::string> removedNodes;
  std::vector<std::string> removedStreams;
  std::vector<GraphNode> nodes;
  std::vector<GraphLink> links;
  std::vector<BranchPlan> branches;
  std::vector<BranchPlan> adjust;
  std::vector<std::string> drafts;
};

}  // namespace teecam
