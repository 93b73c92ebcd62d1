// Thread: the control thread.
// Owns: source pipelines on their way down.
// Ends: with its camera; pipelines still going down then are left to their threads.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>

#include "core/runtime.h"
#include "core/source.h"

namespace teecam {

/// Takes sources down without waiting for them, and tells when a driver does not let go.
class Teardown {
 public:
  explicit Teardown(std::function<void()> onWedged) : onWedged_(std::move(onWedged)) {}

  void take(std::shared_ptr<Source> source);
  /// Runs `then` once all devices are let go of, at once if they are; a later call replaces an earlier one.
  void whenEmpty(std::function<void()> then);

 private:
  struct Entry {
    std::shared_ptr<Source> source;
    Timer deadline;
  };
  void finished(std::uint64_t id);

  const std::function<void()> onWedged_;
  std::map<std::uint64_t, Entry> entries_;
  std::uint64_t lastId_ = 0;
  std::function<void()> whenEmpty_;
  const std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace teecam
