// Thread: any.
// Owns: nothing.
// Ends: with its scope; what listens to GIO lives as long as the process.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace teecam {

/// How a connection is encrypted.
struct Protection {
  std::string version;         // of TLS, "1.3"; empty where it is not known
  std::string cipher;          // as IANA calls it
  std::uint64_t keyEpoch = 0;  // counts the handshakes of this process
};

/// Sees which TLS the clients of this process have negotiated. Elements keep their connections to themselves,
/// so whose one is cannot be told; but a worker connects to its camera alone.
class TlsGauge {
 public:
  TlsGauge();

  /// Of the newest connection since the gauge was made; nothing before there is one.
  std::optional<Protection> read() const;

 private:
  const std::uint64_t since_;
};

}  // namespace teecam
