// Thread: make and destroy on any; `changed` is called on a thread of the watch's own.
// Owns: that thread, and a descriptor of the device.
// Ends: the destructor, which does not wait for the driver; or by itself when the device goes.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/control.h"

namespace teecam {

/// Tells a device's controls: once at the beginning, and again when the driver says that one changed.
class ControlWatch {
 public:
  using Changed = std::function<void(std::vector<Control> controls)>;

  /// Throws CoreError when there can be no thread.
  ControlWatch(const std::string& device, Changed changed);
  ~ControlWatch();
  ControlWatch(const ControlWatch&) = delete;
  ControlWatch& operator=(const ControlWatch&) = delete;

 private:
  struct Shared;
  const std::shared_ptr<Shared> shared_;
};

}  // namespace teecam
