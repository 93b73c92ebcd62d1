#include "core/device_json.h"

#include <string>

namespace teecam {

namespace {

using Json = nlohmann::json;

Json toJson(const std::optional<std::string>& text) {
  return text ? Json(*text) : Json();
}

/// `write` makes a value of each.
template <typename Item, typename Write>
Json listOf(const std::vector<Item>& items, Write write) {
  Json list = Json::array();
  for (const Item& item : items) list.push_back(write(item));
  return list;
}

Json toJson(const ControlValue& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) return *number;
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  return nullptr;
}

Json toJson(const Control& control) {
  const Json menu = listOf(control.menu, [](const MenuEntry& entry) {
    return Json{{"value", entry.value}, {"label", entry.label}};
  });
  return {{"id", control.id},
          {"name", control.name},
          {"label", control.label},
          {"group", control.group},
          {"type", control.type},
          {"minimum", control.minimum},
          {"maximum", control.maximum},
          {"step", control.step},
          {"default", toJson(control.standard)},
          {"value", toJson(control.value)},
          {"menu", menu},
          {"readOnly", control.readOnly},
          {"inactive", control.inactive},
          {"selfChanging", control.selfChanging},
          {"gates", control.gates}};
}

Json toJson(const SourceFormat& format) {
  const Json rates = listOf(format.framerates, [](const Fraction& rate) {
    return Json::array({rate.num, rate.den});
  });
  return {{"media", format.media},
          {"format", format.format},
          {"width", format.width},
          {"height", format.height},
          {"framerates", rates}};
}

Json toJson(const CaptureDevice& device) {
  const DeviceIdentity& identity = device.identity;
  const Json fault = {{"reason", device.reason}, {"detail", device.detail}};
  return {{"path", device.path},
          {"name", identity.name},
          {"driver", device.driver},
          {"bus", device.busInfo},
          {"vendor", toJson(identity.vendor)},
          {"product", toJson(identity.product)},
          {"serial", toJson(identity.serial)},
          {"links", identity.links},
          {"formats", teecam::toJson(device.formats)},
          {"controls", teecam::toJson(device.controls)},
          {"fault", device.reason.empty() ? Json() : fault}};
}

}  // namespace

Json toJson(const std::vector<SourceFormat>& formats) {
  return listOf(formats, [](const SourceFormat& format) { return toJson(format); });
}

Json toJson(const std::vector<Control>& controls) {
  return listOf(controls, [](const Control& control) { return toJson(control); });
}

Json toJson(const std::vector<CaptureDevice>& devices) {
  return listOf(devices, [](const CaptureDevice& device) { return toJson(device); });
}

std::string textOf(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace teecam
