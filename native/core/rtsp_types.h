// Thread: any; plain values.
// Owns: nothing.
// Ends: never.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace teecam {

struct PortRange {
  std::uint16_t first = 0, last = 0;
};

struct RtspMulticast {
  std::string first, last;  // addresses
  PortRange ports;
  std::uint8_t ttl = 1;
};

struct RtspOptions {
  std::string host;  // an address or a name
  std::uint16_t port = 0;
  PortRange udpPorts;
  std::optional<RtspMulticast> multicast;
  std::optional<std::map<std::string, std::string>> users;  // HA1 by name; none: nobody is asked
};

enum class RtspCodec { h264, h265, jpeg };

/// `code` is one of src/base/error.ts.
struct RtspError {
  std::string code, message;
};

using RtspDone = std::function<void(const std::optional<RtspError>&)>;

struct RtspMountOptions {
  std::string path;
  std::string ring;
  RtspCodec codec = RtspCodec::h264;
  unsigned backlog = 1;  // frames
  std::string place;     // CAM/STREAM, for the limits on viewers; empty: none hold
};

struct RtspCounts {
  std::uint64_t bytes = 0, frames = 0, dropped = 0;
};

struct RtspMountStats {
  std::string path;
  unsigned playing = 0;
  std::uint64_t frames = 0, dropped = 0;
  std::int64_t ageNs = 0;
};

struct RtspClientStats {
  std::string client, path;
  std::uint64_t bytes = 0;  // taken by a TCP client, sent to others
  std::uint64_t frames = 0, dropped = 0;
  std::int64_t ageNs = 0;
  std::uint64_t waiting = 0;      // bytes in the kernel
  std::int64_t blockedForNs = 0;  // since the client took something of what waits
  std::int64_t blockedNs = 0;     // the same, of all times
};

struct RtspEvent {
  enum class Kind { connected, refused, full, playing, stopped, disconnected };
  Kind kind;
  std::string client;     // of all but refused
  std::string address;    // connected, refused; full, playing: with the port
  std::string path;       // full, playing, stopped
  std::string transport;  // playing: udp, multicast, tcp or http
  std::string place;      // full: the one that has no room, CAM/STREAM, CAM, or empty
  std::string reason;     // stopped, disconnected: left, slow or ended; refused: password or limit
  std::vector<RtspClientStats> played;  // stopped, disconnected: to the end
};

}  // namespace teecam
