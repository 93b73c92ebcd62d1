// Thread: one at a time; the caller's lock.
// Owns: a share of the mount, and for a TCP client a second descriptor of its connection.
// Ends: with its scope, which must be when the client is closed.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "core/rtsp_mount.h"
#include "core/rtsp_types.h"
#include "core/tcp_gauge.h"

namespace teecam {

/// What one client has been sent of one mount. All clients of a mount are sent the same packets, so these are
/// differences of the mount's own counts; what a TCP client took of them its kernel says.
class RtspPlay {
 public:
  using Time = TcpGauge::Time;

  RtspPlay(std::shared_ptr<RtspMount> mount, Time now) : mount_(std::move(mount)), since_(now) {}

  const RtspMount& mount() const { return *mount_; }
  bool isSetUp() const { return !session_.empty(); }
  bool has(const std::string& session) const { return session_ == session; }
  void setSession(std::string session) { session_ = std::move(session); }

  /// `socket`: of a TCP client; else -1.
  void begin(std::string transport, int socket, Time now);
  void pause();
  /// Nothing, before it first began.
  std::optional<RtspClientStats> stats(Time now);
  /// It was set up long ago, and never played.
  bool unplayed(Time now) const;
  /// It stood still for so long that it was not the client who ended it.
  bool stalled() const;

 private:
  RtspCounts sent() const;

  std::shared_ptr<RtspMount> mount_;
  Time since_;
  std::string session_;  // RTSP's id of it
  std::string transport_;
  std::optional<TcpGauge> gauge_;
  std::optional<RtspCounts> from_;  // the mount's when it began to play; none: it is paused
  RtspCounts before_;               // sent before its last pause
  std::uint64_t acknowledgedBefore_ = 0;
};

}  // namespace teecam
