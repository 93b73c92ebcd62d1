// Thread: the control thread.
// Owns: counts and a timer per code.
// Ends: with its camera; what waits then is not sent.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "core/runtime.h"

namespace teecam {

/// Sends warnings, each code at once the first time and then at most once a second with the number of them.
class Warnings {
 public:
  using Send = std::function<void(const std::string& code, const std::string& message, unsigned count)>;
  explicit Warnings(Send send) : send_(std::move(send)) {}
  void warn(const std::string& code, const std::string& message);

 private:
  struct Code {
    unsigned waiting = 0;
    std::string message;
    Timer pause;
    bool pausing = false;
  };
  void pause(const std::string& code);
  const Send send_;
  std::map<std::string, Code> codes_;
};

}  // namespace teecam
