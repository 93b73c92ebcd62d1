#include "boundary/shm_output_wrap.h"

#include <chrono>
#include <string>
#include <utility>

#include "boundary/arguments.h"

namespace teecam::boundary {

namespace {

ShmOutputOptions optionsFrom(const Napi::Object& given) {
  ShmOutputOptions options;
  options.socket = stringArgument(given.Get("socket"), "socket");
  options.ring = stringArgument(given.Get("ring"), "ring");
  options.format = stringArgument(given.Get("format"), "format");
  options.areaSize = integerArgument(given.Get("areaSize"), "areaSize");
  return options;
}

Napi::Object toJs(Napi::Env env, const ShmClientStats& stats) {
  const auto nanoseconds = [](auto time) {
    return static_cast<double>(std::chrono::duration_cast<std::chrono::nanoseconds>(time).count());
  };
  static constexpr const char* states[] = {"connected", "left", "dismissed"};
  auto value = Napi::Object::New(env);
  value.Set("id", stats.id);
  value.Set("pid", stats.pid);
  value.Set("bytes", static_cast<double>(stats.bytes));
  value.Set("frames", static_cast<double>(stats.frames));
  value.Set("dropped", static_cast<double>(stats.dropped));
  value.Set("heldBytes", static_cast<double>(stats.heldBytes));
  value.Set("blockedForNs", nanoseconds(stats.blockedFor));
  value.Set("blockedNs", nanoseconds(stats.blocked));
  value.Set("state", states[static_cast<int>(stats.state)]);
  return value;
}

/// Its threads are waited for elsewhere.
class Ending : public Napi::AsyncWorker {
 public:
  Ending(Napi::Env env, std::unique_ptr<ShmOutput> output)
      : AsyncWorker(env), output_(std::move(output)), deferred_(Napi::Promise::Deferred::New(env)) {}
  Napi::Promise promise() const { return deferred_.Promise(); }

 protected:
  void Execute() override { output_.reset(); }
  void OnOK() override { deferred_.Resolve(Env().Undefined()); }

 private:
  std::unique_ptr<ShmOutput> output_;
  const Napi::Promise::Deferred deferred_;
};

}  // namespace

Napi::Function ShmOutputWrap::factory(Napi::Env env) {
  const auto constructor = std::make_shared<Napi::FunctionReference>(Napi::Persistent(DefineClass(
      env, "ShmOutput",
      {InstanceMethod<&ShmOutputWrap::stats>("stats"), InstanceMethod<&ShmOutputWrap::clients>("clients"),
       InstanceMethod<&ShmOutputWrap::end>("end"), InstanceMethod<&ShmOutputWrap::removeNames>("removeNames"),
       InstanceMethod<&ShmOutputWrap::close>("close")})));
  constructor->SuppressDestruct();  // it may outlive the environment's references
  return Napi::Function::New(
      env,
      [constructor](const Napi::CallbackInfo& info) -> Napi::Value { return constructor->New({info[0]}); },
      "createShmOutput");
}

ShmOutputWrap::ShmOutputWrap(const Napi::CallbackInfo& info) : ObjectWrap(info) {
  guarded(info.Env(),
          [&] { output_ = std::make_unique<ShmOutput>(optionsFrom(objectArgument(info[0], "options"))); });
}

ShmOutput& ShmOutputWrap::open() {
  if (!output_) throw RingError("closed", "the shared memory output was closed");
  return *output_;
}

Napi::Value ShmOutputWrap::stats(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const ShmOutputStats stats = open().stats();
    auto value = Napi::Object::New(info.Env());
    value.Set("clients", static_cast<double>(stats.clients));
    value.Set("frames", static_cast<double>(stats.frames));
    value.Set("dropped", static_cast<double>(stats.dropped));
    value.Set("dismissed", static_cast<double>(stats.dismissed));
    return value;
  });
}

Napi::Value ShmOutputWrap::clients(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const auto all = open().clients();
    auto list = Napi::Array::New(info.Env(), all.size());
    for (std::uint32_t i = 0; i < all.size(); i++) list.Set(i, toJs(info.Env(), all[i]));
    return list;
  });
}

Napi::Value ShmOutputWrap::end(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const auto client = static_cast<unsigned>(integerArgument(info[0], "client", 0xffff'ffff));
    return Napi::Boolean::New(info.Env(), open().end(client));
  });
}

void ShmOutputWrap::removeNames(const Napi::CallbackInfo&) {
  if (output_) output_->removeNames();
}

Napi::Value ShmOutputWrap::close(const Napi::CallbackInfo& info) {
  auto* ending = new Ending(info.Env(), std::move(output_));  // deletes itself
  ending->Queue();
  return ending->promise();
}

}  // namespace teecam::boundary
