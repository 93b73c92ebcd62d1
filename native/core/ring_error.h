// Thread: any.
// Owns: its words.
// Ends: where it is caught.
#pragma once

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>

namespace teecam {

/// What kept a ring file from being made, opened or written. Codes: `no-space` (details `neededBytes`,
/// `freeBytes`), `owned` (a running appliance has it), `busy` (another writer has it), `not-found`,
/// `no-permission`, `malformed` (not a ring, or a damaged one), `failed`.
class RingError : public std::runtime_error {
 public:
  using Details = std::map<std::string, std::uint64_t>;

  RingError(std::string code, const std::string& message, Details details = {})
      : std::runtime_error(message), code_(std::move(code)), details_(std::move(details)) {}

  /// `action` is a phrase, as in "opening /dev/shm/teecam.front.high".
  static RingError fromErrno(int error, const std::string& action) {
    const char* code = error == ENOENT                                       ? "not-found"
                       : error == EACCES || error == EPERM || error == EROFS ? "no-permission"
                                                                             : "failed";
    return {code, action + ": " + std::strerror(error)};
  }

  const std::string& code() const { return code_; }
  const Details& details() const { return details_; }

 private:
  std::string code_;
  Details details_;
};

}  // namespace teecam
