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
#include "core/device_json.h"
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
  const bool withControls = info[0].ToBoolean();
  return onThreadOfItsOwn<std::string>(
      info.Env(), "teecam-devices", [=] { return textOf(toJson(listCaptureDevices(withControls))); },
      [](Napi::Env env, const std::string& text) -> Napi::Value {
        const auto json = env.Global().Get("JSON").As<Napi::Object>();
        return json.Get("parse").As<Napi::Function>().Call({Napi::String::New(env, text)});
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
