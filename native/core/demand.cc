#include "core/demand.h"

#include <utility>

namespace teecam {

void Demand::setNeeded(bool needed) {
  if (std::exchange(needed_, needed) == needed) return;
  if (!needed) {
    linger_ = Timer::once(lingerMs_, [this] {
      awake_ = false;
      events_.onSleep();
    });
    return;
  }
  linger_.cancel();
  if (!std::exchange(awake_, true)) events_.onWake();
}

}  // namespace teecam
