#include "core/warnings.h"

#include <utility>

namespace teecam {

namespace {
constexpr unsigned kPauseMs = 1000;
}

void Warnings::warn(const std::string& code, const std::string& message) {
  Code& entry = codes_[code];
  if (entry.pausing) {
    entry.waiting++;
    entry.message = message;
    return;
  }
  send_(code, message, 1);
  pause(code);
}

void Warnings::pause(const std::string& code) {
  Code& entry = codes_[code];
  entry.pausing = true;
  entry.pause = Timer::once(kPauseMs, [this, code] {
    Code& paused = codes_[code];
    paused.pausing = false;
    const unsigned count = std::exchange(paused.waiting, 0);
    if (count == 0) return;
    send_(code, paused.message, count);
    pause(code);
  });
}

}  // namespace teecam
