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
  enum class Kind { connected, refused, playing, disconnected };
  Kind kind;
  std::string client;     // of all but refused
  std::string address;    // connected, refused
  std::string path;       // playing
  std::string transport;  // playing: udp, multicast, tcp or http
  std::string reason;     // disconnected: left or ended; refused: password or limit
};

}  // namespace teecam
