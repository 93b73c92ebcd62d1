// Thread: any. Owns: nothing. Ends: with its handler.
#pragma once

#include <stdexcept>
#include <string>

namespace teecam {

/// A command that cannot be done. `code` is one of those that replies carry (src/camera/messages.ts), `what`
/// a sentence for people.
class CoreError : public std::runtime_error {
 public:
  CoreError(std::string code, const std::string& message)
      : std::runtime_error(message), code_(std::move(code)) {}
  const std::string& code() const { return code_; }

 private:
  std::string code_;
};

}  // namespace teecam
