// Thread: any; it does not change.
// Owns: the users' names and hashes.
// Ends: with its owner.
#pragma once

#include <gst/rtsp/rtsp.h>

#include <map>
#include <string>

namespace teecam {

/// Compares what an RTSP client says with HA1, the MD5 of "NAME:teecam:PASSWORD". No password is known here.
class RtspUsers {
 public:
  static constexpr const char* kRealm = "teecam";
  /// `stale`: the right password, with a nonce that this connection has not been given.
  enum class Verdict { right, stale, wrong };

  /// HA1 by name, as 32 small hexadecimal digits.
  explicit RtspUsers(std::map<std::string, std::string> hashes) : hashes_(std::move(hashes)) {}

  Verdict judge(const GstRTSPAuthCredential& credential, GstRTSPMethod method,
                const std::string& nonce) const;

 private:
  Verdict basic(const char* token) const;
  Verdict digest(GstRTSPAuthParam** params, GstRTSPMethod method, const std::string& nonce) const;
  /// A name that nobody has is compared too, so that it costs the same.
  std::string hashOf(const std::string& name) const;

  const std::map<std::string, std::string> hashes_;
};

}  // namespace teecam
