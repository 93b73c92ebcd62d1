// Thread: one at a time.
// Owns: a descriptor of a connection beside its owner's: the connection ends only when both are closed.
// Ends: with its scope; whoever ends the connection must see to that.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "core/unique_fd.h"

namespace teecam {

struct TcpReading {
  std::uint64_t acknowledged = 0;                    // bytes, since the connection was made
  std::uint64_t waiting = 0;                         // bytes, in the kernel
  std::chrono::steady_clock::duration blockedFor{};  // since something waits and nothing was acknowledged
  std::chrono::steady_clock::duration blocked{};     // the same, of all times
};

/// How much of what was sent a TCP client has taken, as its kernel says, and how long it has taken nothing.
class TcpGauge {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// Nothing, when the descriptor cannot be doubled.
  static std::optional<TcpGauge> of(int socket, Time now);

  /// Blocked times are as exact as this is called often.
  TcpReading read(Time now);
  const TcpReading& last() const { return last_; }

 private:
  TcpGauge(UniqueFd socket, Time now) : socket_(std::move(socket)), readAt_(now), movedAt_(now) {}

  UniqueFd socket_;
  Time readAt_, movedAt_;
  TcpReading last_;
};

}  // namespace teecam
