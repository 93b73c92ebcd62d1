#include "boundary/rtsp_wrap.h"

#include <memory>
#include <string>
#include <utility>

#include "boundary/arguments.h"
#include "boundary/js_channel.h"
#include "core/rtsp_server.h"

namespace teecam {

namespace {

using Promise = std::shared_ptr<Napi::Promise::Deferred>;

Promise deferred(Napi::Env env) {
  return std::make_shared<Napi::Promise::Deferred>(Napi::Promise::Deferred::New(env));
}

Napi::Value toJs(Napi::Env env, const RtspError& error) {
  Napi::Object value = Napi::Error::New(env, error.message).Value();
  value.Set("code", error.code);
  return value;
}

Napi::Object toJs(Napi::Env env, const RtspEvent& event) {
  auto value = Napi::Object::New(env);
  if (event.kind != RtspEvent::Kind::refused) value.Set("client", event.client);
  switch (event.kind) {
    case RtspEvent::Kind::connected:
      value.Set("event", "connected");
      value.Set("address", event.address);
      break;
    case RtspEvent::Kind::refused:
      value.Set("event", "refused");
      value.Set("address", event.address);
      value.Set("reason", event.reason);
      break;
    case RtspEvent::Kind::playing:
      value.Set("event", "playing");
      value.Set("path", event.path);
      value.Set("transport", event.transport);
      break;
    case RtspEvent::Kind::disconnected:
      value.Set("event", "disconnected");
      value.Set("reason", event.reason);
      break;
  }
  return value;
}

Napi::Object toJs(Napi::Env env, const RtspMountStats& stats) {
  auto value = Napi::Object::New(env);
  value.Set("path", stats.path);
  value.Set("playing", stats.playing);
  value.Set("frames", static_cast<double>(stats.frames));
  value.Set("dropped", static_cast<double>(stats.dropped));
  value.Set("ageNs", static_cast<double>(stats.ageNs));
  return value;
}

using boundary::integerArgument;
using boundary::objectArgument;
using boundary::stringArgument;

std::string text(const Napi::Object& object, const char* key) {
  return stringArgument(object.Get(key), key);
}

std::uint16_t port(const Napi::Value& value, const char* name) {
  return static_cast<std::uint16_t>(integerArgument(value, name, 65535));
}

PortRange ports(const Napi::Object& object, const char* key) {
  const auto pair = objectArgument(object.Get(key), key);
  return {port(pair.Get(0u), key), port(pair.Get(1u), key)};
}

RtspOptions readOptions(const Napi::Object& object) {
  RtspOptions options;
  options.host = text(object, "host");
  options.port = port(object.Get("port"), "port");
  options.udpPorts = ports(object, "udpPorts");
  if (const Napi::Value value = object.Get("multicast"); value.IsObject()) {
    const auto group = value.As<Napi::Object>();
    const auto ttl = static_cast<std::uint8_t>(integerArgument(group.Get("ttl"), "ttl", 255));
    options.multicast = RtspMulticast{text(group, "first"), text(group, "last"), ports(group, "ports"), ttl};
  }
  if (const Napi::Value value = object.Get("users"); value.IsObject()) {
    const auto users = value.As<Napi::Object>();
    options.users.emplace();
    const auto names = users.GetPropertyNames();
    for (std::uint32_t i = 0; i < names.Length(); i++) {
      const auto name = stringArgument(names.Get(i), "users");
      options.users->emplace(name, text(users, name.c_str()));
    }
  }
  return options;
}

/// One server and its channel. The JavaScript handle and every reply on its way hold a share.
class Bridge : public std::enable_shared_from_this<Bridge> {
 public:
  static std::shared_ptr<Bridge> make(Napi::Env env, RtspOptions options, const Napi::Function& onEvent) {
    std::shared_ptr<Bridge> bridge(new Bridge);
    auto* raw = bridge.get();
    bridge->onEvent_ = Napi::Persistent(onEvent);
    bridge->channel_ = JsChannel::make(env, "teecam-rtsp", [raw] { raw->end(); });
    bridge->open_ = bridge;
    bridge->server_ = std::make_unique<RtspServer>(std::move(options), [raw](const RtspEvent& event) {
      raw->channel_->post([raw, event](Napi::Env e) { raw->onEvent_.Call({toJs(e, event)}); });
    });
    return bridge;
  }

  Napi::Value listen(Napi::Env env) {
    auto promise = deferred(env);
    server_->listen([self = shared_from_this(), promise](const auto& error, std::uint16_t bound) {
      self->channel_->post([self, promise, error, bound](Napi::Env e) {
        if (!error) return promise->Resolve(self->handle(e, bound));
        self->finish();
        promise->Reject(toJs(e, *error));
      });
    });
    return promise->Promise();
  }

 private:
  Bridge() = default;

  Napi::Object handle(Napi::Env env, std::uint16_t bound) {
    auto object = Napi::Object::New(env);
    auto self = shared_from_this();
    auto method = [&](const char* name, auto body) {
      object.Set(name,
                 Napi::Function::New(
                     env,
                     [self, body](const Napi::CallbackInfo& info) -> Napi::Value {
                       auto promise = deferred(info.Env());
                       if (self->server_)
                         body(*self, info, promise);
                       else
                         promise->Reject(toJs(info.Env(), RtspError{"closed", "the RTSP server is closed"}));
                       return promise->Promise();
                     },
                     name));
    };
    object.Set("port", bound);
    method("mount", &Bridge::mount);
    method("setBacklog", &Bridge::setBacklog);
    method("unmount", &Bridge::unmount);
    method("stats", &Bridge::stats);
    method("close", &Bridge::close);
    return object;
  }

  RtspDone settle(Promise promise) {
    return [self = shared_from_this(), promise](const std::optional<RtspError>& error) {
      self->channel_->post([promise, error](Napi::Env e) {
        if (error)
          promise->Reject(toJs(e, *error));
        else
          promise->Resolve(e.Undefined());
      });
    };
  }

  static void mount(Bridge& self, const Napi::CallbackInfo& info, const Promise& promise) {
    const auto options = objectArgument(info[0], "mount");
    const auto codec = text(options, "codec") == "jpeg" ? RtspCodec::jpeg : RtspCodec::h264;
    const auto backlog = static_cast<unsigned>(integerArgument(options.Get("backlog"), "backlog", 1000));
    self.server_->mount(text(options, "path"), text(options, "ring"), codec, backlog, self.settle(promise));
  }

  static void setBacklog(Bridge& self, const Napi::CallbackInfo& info, const Promise& promise) {
    const auto backlog = static_cast<unsigned>(integerArgument(info[1], "backlog", 1000));
    self.server_->setBacklog(stringArgument(info[0], "path"), backlog, self.settle(promise));
  }

  static void unmount(Bridge& self, const Napi::CallbackInfo& info, const Promise& promise) {
    self.server_->unmount(stringArgument(info[0], "path"), self.settle(promise));
  }

  static void stats(Bridge& self, const Napi::CallbackInfo&, const Promise& promise) {
    self.server_->stats([me = self.shared_from_this(), promise](std::vector<RtspMountStats> all) {
      me->channel_->post([promise, all = std::move(all)](Napi::Env e) {
        auto list = Napi::Array::New(e, all.size());
        for (std::uint32_t i = 0; i < all.size(); i++) list.Set(i, toJs(e, all[i]));
        promise->Resolve(list);
      });
    });
  }

  static void close(Bridge& self, const Napi::CallbackInfo& info, const Promise& promise) {
    if (self.closing_) {
      promise->Reject(toJs(info.Env(), RtspError{"closed", "the RTSP server is closing"}));
      return;
    }
    self.closing_ = true;
    self.server_->close([me = self.shared_from_this(), promise] {
      me->channel_->post([me, promise](Napi::Env e) {
        me->finish();
        promise->Resolve(e.Undefined());
      });
    });
  }

  void finish() {
    channel_->close();
    end();
  }

  void end() {
    const auto keep = std::move(open_);
    server_.reset();
    onEvent_.Reset();
  }

  std::shared_ptr<Bridge> open_;  // itself, until end(): a handle that JavaScript forgot is still a server
  std::shared_ptr<JsChannel> channel_;
  std::unique_ptr<RtspServer> server_;  // null: closed
  Napi::FunctionReference onEvent_;
  bool closing_ = false;
};

}  // namespace

Napi::Value createRtspServer(const Napi::CallbackInfo& info) {
  const auto options = readOptions(objectArgument(info[0], "options"));
  return Bridge::make(info.Env(), options, boundary::functionArgument(info[1], "onEvent"))
      ->listen(info.Env());
}

}  // namespace teecam
