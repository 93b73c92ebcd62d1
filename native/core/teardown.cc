#include "core/teardown.h"

#include <algorithm>
#include <utility>

#include "core/kernel_hang.h"

namespace teecam {

namespace {
constexpr unsigned kPatienceMs = 5000;
}

void Teardown::take(std::shared_ptr<Source> source) {
  const std::uint64_t id = ++lastId_;
  Source& leaving = *source;
  Entry& entry = entries_[id];
  entry.source = std::move(source);
  entry.look = Timer::every(kPatienceMs, [this, id] { look(entries_.at(id)); });
  leaving.release([this, id, weak = std::weak_ptr<bool>(alive_)] {
    if (!weak.expired()) finished(id);
  });
}

void Teardown::whenFree(std::string claim, std::function<void()> then) {
  const auto isOver = [this, claim = std::move(claim)] {
    return std::ranges::all_of(
        entries_, [&](const auto& one) { return one.second.hangs && one.second.source->claim() != claim; });
  };
  wait(isOver, std::move(then));
}

void Teardown::whenEmpty(std::function<void()> then) {
  wait([this] { return entries_.empty(); }, std::move(then));
}

bool Teardown::hangs(const std::string& claim) const {
  return std::ranges::any_of(
      entries_, [&](const auto& one) { return one.second.hangs && one.second.source->claim() == claim; });
}

void Teardown::look(Entry& entry) {
  const bool hung = std::exchange(entry.hangs, hangsInKernel());
  // What the kernel has let go of gets its time anew.
  if (!entry.hangs && !hung) return events_.onWedged();
  if (!entry.hangs || hung) return;
  goOn();
  events_.onHanging();
}

void Teardown::finished(std::uint64_t id) {
  entries_.erase(id);
  goOn();
}

void Teardown::wait(std::function<bool()> isOver, std::function<void()> then) {
  isOver_ = std::move(isOver);
  then_ = std::move(then);
  goOn();
}

void Teardown::goOn() {
  if (then_ == nullptr || !isOver_()) return;
  std::exchange(then_, nullptr)();
}

}  // namespace teecam
