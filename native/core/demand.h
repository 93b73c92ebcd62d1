// Thread: the control thread.
// Owns: its linger timer.
// Ends: with its camera; then nobody is called any more.
#pragma once

#include <functional>

#include "core/runtime.h"

namespace teecam {

/// Whether a camera on demand is to be awake: while it is needed, and a while longer. It begins asleep.
class Demand {
 public:
  struct Events {
    std::function<void()> onWake;
    std::function<void()> onSleep;
  };

  Demand(unsigned lingerMs, Events events) : lingerMs_(lingerMs), events_(std::move(events)) {}
  Demand(const Demand&) = delete;
  Demand& operator=(const Demand&) = delete;

  void setNeeded(bool needed);
  bool awake() const { return awake_; }

 private:
  const unsigned lingerMs_;
  const Events events_;
  bool needed_ = false;
  bool awake_ = false;
  Timer linger_;
};

}  // namespace teecam
