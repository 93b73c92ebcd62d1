#include "core/v4l2_controls.h"

#include <linux/videodev2.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstring>
#include <optional>
#include <string_view>

#include "core/v4l2_node.h"

namespace teecam {

namespace {

struct KnownType {
  std::uint32_t type;
  const char* name;
};

constexpr std::array<KnownType, 8> kTypes = {{{V4L2_CTRL_TYPE_INTEGER, "integer"},
                                              {V4L2_CTRL_TYPE_BOOLEAN, "boolean"},
                                              {V4L2_CTRL_TYPE_MENU, "menu"},
                                              {V4L2_CTRL_TYPE_BUTTON, "button"},
                                              {V4L2_CTRL_TYPE_INTEGER64, "integer64"},
                                              {V4L2_CTRL_TYPE_STRING, "string"},
                                              {V4L2_CTRL_TYPE_BITMASK, "bitmask"},
                                              {V4L2_CTRL_TYPE_INTEGER_MENU, "integer-menu"}}};

/// A string control has some hundred bytes at most; one that claims more is none that a person sets.
constexpr std::uint32_t kLongestString = 64 * 1024;

/// The longest of the kernel's has some forty entries.
constexpr std::int64_t kLongestMenu = 255;

/// Asks and sets one control. The string's memory is the caller's.
struct OneControl {
  explicit OneControl(std::uint32_t id) {
    control.id = id;
    list.which = V4L2_CTRL_WHICH_CUR_VAL;
    list.count = 1;
    list.controls = &control;
  }
  OneControl(const OneControl&) = delete;
  OneControl& operator=(const OneControl&) = delete;

  v4l2_ext_control control{};
  v4l2_ext_controls list{};
};

ControlValue valueOf(const V4l2Node& node, const v4l2_query_ext_ctrl& query) {
  if (query.type == V4L2_CTRL_TYPE_BUTTON || (query.flags & V4L2_CTRL_FLAG_WRITE_ONLY) != 0) return {};
  OneControl one(query.id);
  std::string text;
  if (query.type == V4L2_CTRL_TYPE_STRING) {
    text.resize(query.elem_size);
    one.control.size = query.elem_size;
    one.control.string = text.data();
  }
  // A camera that does not tell one value has others all the same.
  if (node.failureOf(VIDIOC_G_EXT_CTRLS, one.list) != 0) return {};
  if (query.type == V4L2_CTRL_TYPE_STRING) return std::string(text.c_str());
  if (query.type == V4L2_CTRL_TYPE_INTEGER64) return std::int64_t{one.control.value64};
  // A bitmask has all its bits.
  if (query.type == V4L2_CTRL_TYPE_BITMASK)
    return std::int64_t{static_cast<std::uint32_t>(one.control.value)};
  return std::int64_t{one.control.value};
}

std::vector<MenuEntry> menuOf(const V4l2Node& node, const v4l2_query_ext_ctrl& query) {
  std::vector<MenuEntry> menu;
  if (query.type != V4L2_CTRL_TYPE_MENU && query.type != V4L2_CTRL_TYPE_INTEGER_MENU) return menu;
  const std::int64_t last = std::min(query.maximum, query.minimum + kLongestMenu);
  for (std::int64_t index = query.minimum; index <= last; index++) {
    v4l2_querymenu entry{};
    entry.id = query.id;
    entry.index = static_cast<std::uint32_t>(index);
    if (node.failureOf(VIDIOC_QUERYMENU, entry) != 0) continue;  // a menu may have gaps
    const auto* label = reinterpret_cast<const char*>(entry.name);
    menu.push_back({index, query.type == V4L2_CTRL_TYPE_MENU
                               ? std::string(label, strnlen(label, sizeof entry.name))
                               : std::to_string(entry.value)});
  }
  return menu;
}

std::string labelOf(const v4l2_query_ext_ctrl& query) {
  return {query.name, strnlen(query.name, sizeof query.name)};
}

ControlValue standardOf(const v4l2_query_ext_ctrl& query) {
  if (query.type == V4L2_CTRL_TYPE_BUTTON) return {};
  // The kernel has no default for texts.
  if (query.type == V4L2_CTRL_TYPE_STRING) return std::string(static_cast<std::size_t>(query.minimum), ' ');
  if (query.type == V4L2_CTRL_TYPE_BITMASK)
    return std::int64_t{static_cast<std::uint32_t>(query.default_value)};
  return std::int64_t{query.default_value};
}

std::optional<Control> readControl(const V4l2Node& node, const v4l2_query_ext_ctrl& query) {
  const auto type = std::ranges::find(kTypes, query.type, &KnownType::type);
  const bool single =
      query.nr_of_dims == 0 && (query.type != V4L2_CTRL_TYPE_STRING || query.elem_size <= kLongestString);
  if (type == kTypes.end() || !single || (query.flags & V4L2_CTRL_FLAG_DISABLED) != 0) return std::nullopt;
  Control control;
  control.id = query.id;
  control.label = labelOf(query);
  control.name = controlName(control.label);
  control.type = type->name;
  control.minimum = query.minimum;
  control.maximum =
      query.type == V4L2_CTRL_TYPE_BITMASK ? static_cast<std::uint32_t>(query.maximum) : query.maximum;
  control.step = query.step;
  control.standard = standardOf(query);
  control.value = valueOf(node, query);
  control.menu = menuOf(node, query);
  control.readOnly = (query.flags & V4L2_CTRL_FLAG_READ_ONLY) != 0;
  control.inactive = (query.flags & (V4L2_CTRL_FLAG_INACTIVE | V4L2_CTRL_FLAG_GRABBED)) != 0;
  control.selfChanging = (query.flags & V4L2_CTRL_FLAG_VOLATILE) != 0;
  control.gates = (query.flags & V4L2_CTRL_FLAG_UPDATE) != 0;
  return control;
}

/// What the driver says of it, or nothing.
std::string setControl(const V4l2Node& node, const ControlSetting& setting) {
  v4l2_query_ext_ctrl query{};
  query.id = setting.id;
  OneControl one(setting.id);
  std::string text;
  int failure = node.failureOf(VIDIOC_QUERY_EXT_CTRL, query);
  if (failure == 0) {
    const auto* number = std::get_if<std::int64_t>(&setting.value);
    if (query.type == V4L2_CTRL_TYPE_STRING) {
      if (const auto* wanted = std::get_if<std::string>(&setting.value)) text = *wanted;
      text.resize(query.elem_size > 0 ? query.elem_size - 1 : 0);
      one.control.size = query.elem_size;
      one.control.string = text.data();
    } else if (query.type == V4L2_CTRL_TYPE_INTEGER64) {
      one.control.value64 = number != nullptr ? *number : 0;
    } else {
      one.control.value = static_cast<std::int32_t>(number != nullptr ? *number : 0);
    }
    failure = node.failureOf(VIDIOC_S_EXT_CTRLS, one.list);
  }
  return failure == 0 ? "" : std::strerror(failure);
}

/// Two of one name could not be told apart.
void makeUnique(std::vector<Control>& controls, Control& next) {
  const std::string name = next.name;
  for (int count = 2; std::ranges::find(controls, next.name, &Control::name) != controls.end(); count++) {
    next.name = name + "_" + std::to_string(count);
  }
}

}  // namespace

std::vector<Control> readControls(const V4l2Node& node) {
  std::vector<Control> controls;
  std::string group;
  v4l2_query_ext_ctrl query{};
  for (;;) {
    query.id |= V4L2_CTRL_FLAG_NEXT_CTRL;
    if (!node.ask(VIDIOC_QUERY_EXT_CTRL, query)) return controls;
    if (query.type == V4L2_CTRL_TYPE_CTRL_CLASS) {
      group = labelOf(query);
    } else if (auto control = readControl(node, query)) {
      control->group = group;
      makeUnique(controls, *control);
      controls.push_back(std::move(*control));
    }
  }
}

std::vector<ControlFailure> setControls(const V4l2Node& node, const std::vector<ControlSetting>& settings) {
  std::vector<ControlFailure> failures;
  for (const ControlSetting& setting : settings) {
    std::string failure = setControl(node, setting);
    if (!failure.empty()) failures.push_back({setting.id, std::move(failure)});
  }
  return failures;
}

std::string controlName(const std::string& label) {
  std::string name;
  bool gap = false;
  for (const char letter : label) {
    const auto code = static_cast<unsigned char>(letter);
    if (std::isalnum(code) == 0) {
      gap = !name.empty();
      continue;
    }
    if (gap) name += '_';
    gap = false;
    name += static_cast<char>(std::tolower(code));
  }
  return name;
}

}  // namespace teecam
