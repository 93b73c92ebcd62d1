#include "boundary/core_wrap.h"

#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "boundary/js_channel.h"
#include "core/camera_core.h"

namespace teecam {

namespace {

/// What an ending environment gives its cameras to let go of their devices.
constexpr auto kLastMoments = std::chrono::seconds(2);

/// One core and its channel. Lives and dies on the JavaScript thread; what waits in the channel holds it
/// weakly.
class CoreBridge : public std::enable_shared_from_this<CoreBridge> {
 public:
  static std::shared_ptr<CoreBridge> make(Napi::Env env, const Napi::Function& onMessage) {
    std::shared_ptr<CoreBridge> bridge(new CoreBridge);
    bridge->open_ = bridge;
    bridge->onMessage_ = Napi::Persistent(onMessage);
    bridge->channel_ = JsChannel::make(env, "teecam-core", [raw = bridge.get()] { raw->environmentEnds(); });
    bridge->start();
    return bridge;
  }

  Napi::Object handle(Napi::Env env) {
    auto object = Napi::Object::New(env);
    auto self = shared_from_this();
    object.Set("send", Napi::Function::New(
                           env, [self](const Napi::CallbackInfo& info) { self->send(info); }, "send"));
    object.Set("close",
               Napi::Function::New(
                   env, [self](const Napi::CallbackInfo& info) { return self->close(info.Env()); }, "close"));
    return object;
  }

 private:
  CoreBridge() = default;

  void start() {
    auto ended = std::make_shared<std::promise<void>>();
    ended_ = ended->get_future();
    const auto post = [channel = channel_, weak = weak_from_this()](auto task) {
      channel->post([weak, task = std::move(task)](Napi::Env env) {
        if (auto bridge = weak.lock()) task(*bridge, env);
      });
    };
    core_ = CameraCore::create({[post](std::string line, bool) {
                                  post([line = std::move(line)](CoreBridge& bridge, Napi::Env env) {
                                    bridge.onMessage_.Call({Napi::String::New(env, line)});
                                  });
                                },
                                [post, ended](CoreEnding) {
                                  ended->set_value();
                                  post([](CoreBridge& bridge, Napi::Env env) { bridge.finish(env); });
                                }});
  }

  void send(const Napi::CallbackInfo& info) {
    if (!info[0].IsString()) throw Napi::TypeError::New(info.Env(), "send(json): json must be a string");
    if (core_ != nullptr) core_->receive(info[0].As<Napi::String>());
  }

  Napi::Value close(Napi::Env env) {
    const auto deferred = Napi::Promise::Deferred::New(env);
    if (core_ == nullptr) {
      deferred.Resolve(env.Undefined());
    } else {
      closing_.push_back(deferred);
      core_->stop();
    }
    return deferred.Promise();
  }

  void finish(Napi::Env env) {
    const auto keep = std::exchange(open_, nullptr);
    channel_->close();
    core_.reset();
    onMessage_.Reset();
    for (const auto& deferred : std::exchange(closing_, {})) deferred.Resolve(env.Undefined());
  }

  void environmentEnds() {
    const auto keep = std::exchange(open_, nullptr);
    core_->stop();
    ended_.wait_for(kLastMoments);
    core_.reset();
    onMessage_.Reset();
  }

  std::shared_ptr<CoreBridge> open_;  // itself, until its core has ended: JavaScript may forget the handle
  std::shared_ptr<JsChannel> channel_;
  std::shared_ptr<CameraCore> core_;  // null: ended
  std::future<void> ended_;
  Napi::FunctionReference onMessage_;
  std::vector<Napi::Promise::Deferred> closing_;
};

}  // namespace

Napi::Value createCore(const Napi::CallbackInfo& info) {
  if (!info[0].IsFunction()) {
    throw Napi::TypeError::New(info.Env(), "createCore(onMessage): onMessage must be a function");
  }
  return CoreBridge::make(info.Env(), info[0].As<Napi::Function>())->handle(info.Env());
}

}  // namespace teecam
