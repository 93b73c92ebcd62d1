// Thread: any. Owns: plain values. Ends: with its scope.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace teecam {

/// Nothing for a button, and for what cannot be read.
using ControlValue = std::variant<std::monostate, std::int64_t, std::string>;

struct MenuEntry {
  std::int64_t value;
  std::string label;
};

/// A control of a device, as `deviceControl` in src/camera/messages.ts.
struct Control {
  std::uint32_t id = 0;
  std::string name;  // as v4l2-ctl writes it
  std::string label;
  std::string group;
  std::string type;
  std::int64_t minimum = 0;
  std::int64_t maximum = 0;
  std::uint64_t step = 0;
  ControlValue standard;
  ControlValue value;
  std::vector<MenuEntry> menu;
  bool readOnly = false;
  bool inactive = false;
  bool selfChanging = false;
  bool gates = false;
};

struct ControlSetting {
  std::uint32_t id;
  ControlValue value;
};

struct ControlFailure {
  std::uint32_t id;
  std::string message;
};

}  // namespace teecam
