// Thread: any; plain values.
// Owns: nothing.
// Ends: never.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>

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
};

enum class RtspCodec { h264, jpeg };

/// `code` is one of src/base/error.ts.
struct RtspError {
  std::string code, message;
};

using RtspDone = std::function<void(const std::optional<RtspError>&)>;

struct RtspMountStats {
  std::string path;
  unsigned playing = 0;
  std::uint64_t frames = 0, dropped = 0;
  std::int64_t ageNs = 0;
};

struct RtspEvent {
  enum class Kind { connected, playing, disconnected };
  Kind kind;
  std::string client;
  std::string address;    // connected
  std::string path;       // playing
  std::string transport;  // playing: udp, multicast, tcp or http
  std::string reason;     // disconnected: left or ended
};

}  // namespace teecam
