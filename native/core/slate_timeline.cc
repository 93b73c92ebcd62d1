#include "core/slate_timeline.h"

#include <algorithm>
#include <iterator>

namespace teecam {

namespace {
constexpr std::size_t kKept = 64;
}

void SlateTimeline::append(std::int64_t captureNs, bool slate) {
  const std::scoped_lock guard(lock_);
  switches_.push_back({captureNs, slate});
  if (switches_.size() > kKept) switches_.pop_front();
}

bool SlateTimeline::isSlate(std::int64_t captureNs) const {
  const std::scoped_lock guard(lock_);
  const auto later =
      std::upper_bound(switches_.begin(), switches_.end(), captureNs,
                       [](std::int64_t time, const Switch& entry) { return time < entry.captureNs; });
  return later != switches_.begin() && std::prev(later)->slate;
}

}  // namespace teecam
