// Thread: the control thread; `work` runs on a thread of its own, and `send` on the control thread again.
// Owns: what is asked and not answered yet.
// Ends: at any time; a thread that a driver keeps is lost, and what comes late is thrown away.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace teecam {

/// Questions to drivers and decoders, each on a thread of its own: they may take their time, or never answer.
class Questions {
 public:
  using Send = std::function<void(std::string reply)>;
  /// `patience`: after so long a driver is taken to hang.
  Questions(Send send, std::chrono::milliseconds patience);

  /// `work` gives the reply, or throws CoreError. `device`: whose driver is asked, if one is. Throws
  /// CoreError `wedged` while that hangs over an earlier question, so that it costs one thread and not one
  /// for each try.
  void ask(std::int64_t id, const std::optional<std::string>& device, std::function<std::string()> work);

 private:
  struct Question {
    std::string device;
    std::chrono::steady_clock::time_point since;
  };
  struct Open {
    Send send;
    std::map<std::int64_t, Question> questions;  // to devices, by id
  };

  const std::chrono::milliseconds patience_;
  const std::shared_ptr<Open> open_;
};

}  // namespace teecam
