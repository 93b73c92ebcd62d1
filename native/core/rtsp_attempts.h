// Thread: any (lock_).
// Owns: how many wrong passwords each address has sent lately.
// Ends: with its owner.
#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <string>

namespace teecam {

/// Shuts an address out that has sent too many wrong passwords, until the minute that began with the first is
/// over. An IPv6 address stands for its /64 network, of which a host has any address.
class RtspAttempts {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr int kMost = 10;
  static constexpr std::chrono::seconds kWithin{60};

  /// How long the address stays shut out; zero: it is not.
  std::chrono::seconds shutFor(const std::string& address, Time now = std::chrono::steady_clock::now());
  void wrong(const std::string& address, Time now = std::chrono::steady_clock::now());
  std::size_t size() const;

 private:
  struct Count {
    Time until;
    int wrong = 0;
  };

  mutable std::mutex lock_;
  std::map<std::string, Count> counts_;  // guarded by lock_
};

}  // namespace teecam
