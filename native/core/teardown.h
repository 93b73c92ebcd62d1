// Thread: the control thread.
// Owns: source pipelines on their way down.
// Ends: with its camera; pipelines still going down then are left to their threads.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "core/runtime.h"
#include "core/source.h"

namespace teecam {

/// Takes sources down without waiting for them, and tells when a driver does not let go.
class Teardown {
 public:
  struct Events {
    /// A source is stuck in this process. The next process is better off.
    std::function<void()> onWedged;
    /// A source hangs in the kernel, which no end of this process would change; once for each.
    std::function<void()> onHanging;
  };
  explicit Teardown(Events events) : events_(std::move(events)) {}

  void take(std::shared_ptr<Source> source);
  /// Runs `then` once a source with this claim can be opened, at once if it can be; a later call of either
  /// replaces an earlier one. What hangs stands in the way of its own claim alone.
  void whenFree(std::string claim, std::function<void()> then);
  /// The same, once all devices are let go of.
  void whenEmpty(std::function<void()> then);
  /// Whether a source with this claim hangs.
  bool hangs(const std::string& claim) const;

 private:
  struct Entry {
    std::shared_ptr<Source> source;
    Timer look;
    bool hangs = false;
  };
  void look(Entry& entry);
  void finished(std::uint64_t id);
  void wait(std::function<bool()> isOver, std::function<void()> then);
  void goOn();

  const Events events_;
  std::map<std::uint64_t, Entry> entries_;
  std::uint64_t lastId_ = 0;
  std::function<bool()> isOver_;
  std::function<void()> then_;
  const std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace teecam
