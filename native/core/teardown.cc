#include "core/teardown.h"

#include <utility>

namespace teecam {

namespace {
constexpr unsigned kDeadlineMs = 5000;
}

void Teardown::take(std::shared_ptr<Source> source) {
  const std::uint64_t id = ++lastId_;
  Source& leaving = *source;
  entries_.emplace(id, Entry{std::move(source), Timer::once(kDeadlineMs, [this] { onWedged_(); })});
  leaving.release([this, id, weak = std::weak_ptr<bool>(alive_)] {
    if (!weak.expired()) finished(id);
  });
}

void Teardown::whenEmpty(std::function<void()> then) {
  whenEmpty_ = nullptr;
  if (entries_.empty()) return then();
  whenEmpty_ = std::move(then);
}

void Teardown::finished(std::uint64_t id) {
  entries_.erase(id);
  if (!entries_.empty()) return;
  if (auto then = std::exchange(whenEmpty_, nullptr)) then();
}

}  // namespace teecam
