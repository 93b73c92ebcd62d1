#include "boundary/rtsp_wrap.h"

#include <memory>
#include <string>
#include <utility>

#include "boundary/arguments.h"
#include "boundary/js_channel.h"
#include "boundary/rtsp_values.h"
#include "core/rtsp_server.h"

namespace teecam {

namespace {

using Promise = std::shared_ptr<Napi::Promise::Deferred>;

Promise deferred(Napi::Env env) {
  return std::make_shared<Napi::Promise::Deferred>(Napi::Promise::Deferred::New(env));
}

using boundary::integerArgument;
using boundary::listOf;
using boundary::objectArgument;
using boundary::stringArgument;
using boundary::toJs;

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
    method("clients", &Bridge::clients);
    method("setRoom", &Bridge::setRoom);
    method("endClient", &Bridge::endClient);
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
    self.server_->mount(boundary::rtspMountFrom(objectArgument(info[0], "mount")), self.settle(promise));
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
      me->channel_->post([promise, all = std::move(all)](Napi::Env e) { promise->Resolve(listOf(e, all)); });
    });
  }

  static void clients(Bridge& self, const Napi::CallbackInfo&, const Promise& promise) {
    self.server_->clients([me = self.shared_from_this(), promise](std::vector<RtspClientStats> all) {
      me->channel_->post([promise, all = std::move(all)](Napi::Env e) { promise->Resolve(listOf(e, all)); });
    });
  }

  static void setRoom(Bridge& self, const Napi::CallbackInfo& info, const Promise& promise) {
    self.server_->setRoom(boundary::rtspRoomFrom(objectArgument(info[0], "room")), self.settle(promise));
  }

  static void endClient(Bridge& self, const Napi::CallbackInfo& info, const Promise& promise) {
    self.server_->endClient(stringArgument(info[0], "client"), self.settle(promise));
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
  const auto options = boundary::rtspOptionsFrom(boundary::objectArgument(info[0], "options"));
  return Bridge::make(info.Env(), options, boundary::functionArgument(info[1], "onEvent"))
      ->listen(info.Env());
}

}  // namespace teecam
