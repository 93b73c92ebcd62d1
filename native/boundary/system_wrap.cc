#include "boundary/system_wrap.h"

#include <gst/gst.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <map>
#include <string>
#include <vector>

#include "boundary/arguments.h"
#include "boundary/control_promise.h"
#include "core/devices.h"
#include "core/gst_ptr.h"
#include "core/ring_error.h"

namespace teecam {

namespace {

using Found = std::map<std::string, bool>;

Found findElements(const std::vector<std::string>& names) {
  Found found;
  for (const auto& name : names) {
    const ObjectPtr<GstElementFactory> factory(gst_element_factory_find(name.c_str()));
    found[name] = factory != nullptr;
  }
  return found;
}

Napi::Object toJs(Napi::Env env, const CaptureDevice& device) {
  auto object = Napi::Object::New(env);
  object.Set("path", device.path);
  object.Set("name", device.name);
  object.Set("driver", device.driver);
  object.Set("serial", device.serial ? Napi::Value(Napi::String::New(env, *device.serial)) : env.Null());
  auto links = Napi::Array::New(env, device.links.size());
  for (std::uint32_t index = 0; index < device.links.size(); index++) links.Set(index, device.links[index]);
  object.Set("links", links);
  return object;
}

}  // namespace

Napi::Value elements(const Napi::CallbackInfo& info) {
  if (!info[0].IsArray()) throw Napi::TypeError::New(info.Env(), "elements(names): names must be an array");
  const auto list = info[0].As<Napi::Array>();
  std::vector<std::string> names;
  for (std::uint32_t index = 0; index < list.Length(); index++) names.push_back(list.Get(index).ToString());
  return onControlThread<Found>(
      info.Env(), "teecam-elements", [names = std::move(names)] { return findElements(names); },
      [](Napi::Env env, const Found& found) -> Napi::Value {
        auto answer = Napi::Object::New(env);
        for (const auto& [name, exists] : found) answer.Set(name, exists);
        return answer;
      });
}

Napi::Value listDevices(const Napi::CallbackInfo& info) {
  using Devices = std::vector<CaptureDevice>;
  return onControlThread<Devices>(
      info.Env(), "teecam-devices", [] { return listCaptureDevices(); },
      [](Napi::Env env, const Devices& devices) -> Napi::Value {
        auto list = Napi::Array::New(env, devices.size());
        for (std::uint32_t index = 0; index < devices.size(); index++)
          list.Set(index, toJs(env, devices[index]));
        return list;
      });
}

void limitUnsent(const Napi::CallbackInfo& info) {
  const auto socket = static_cast<int>(boundary::integerArgument(info[0], "socket", 0x7fff'ffff));
  const auto bytes = static_cast<int>(boundary::integerArgument(info[1], "bytes", 0x7fff'ffff));
  boundary::guarded(info.Env(), [&] {
    if (setsockopt(socket, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &bytes, sizeof bytes) != 0)
      throw RingError::fromErrno(errno, "limiting what may wait in a socket");
  });
}

}  // namespace teecam
