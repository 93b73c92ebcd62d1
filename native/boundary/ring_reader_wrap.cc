#include "boundary/ring_reader_wrap.h"

#include "boundary/arguments.h"
#include "boundary/ring_values.h"

namespace teecam::boundary {

namespace {

RingMode modeArgument(const Napi::Value& value) {
  const std::string mode = stringArgument(value, "mode");
  if (mode == "next") return RingMode::next;
  if (mode == "latest") return RingMode::latest;
  if (mode == "key") return RingMode::key;
  throw Napi::TypeError::New(value.Env(), "mode must be next, latest or key, not " + mode);
}

std::span<std::byte> memoryArgument(const Napi::Value& value) {
  const Napi::Env env = value.Env();
  napi_typedarray_type type;
  void* data = nullptr;
  std::size_t length = 0;
  napi_value buffer;
  bool detached = false;
  if (!value.IsTypedArray() ||
      napi_get_typedarray_info(env, value, &type, &length, &data, &buffer, nullptr) != napi_ok ||
      type != napi_uint8_array)
    throw Napi::TypeError::New(env, "into must be a Uint8Array");
  if (napi_is_detached_arraybuffer(env, buffer, &detached) != napi_ok || detached)
    throw Napi::TypeError::New(env, "into has lost its memory: its ArrayBuffer is detached");
  return {static_cast<std::byte*>(data), length};
}

}  // namespace

Napi::Function RingReaderWrap::factory(Napi::Env env) {
  const auto constructor = std::make_shared<Napi::FunctionReference>(Napi::Persistent(DefineClass(
      env, "RingReader",
      {InstanceMethod<&RingReaderWrap::info>("info"), InstanceMethod<&RingReaderWrap::read>("read"),
       InstanceMethod<&RingReaderWrap::rearm>("rearm"),
       InstanceMethod<&RingReaderWrap::requestKeyFrame>("requestKeyFrame"),
       InstanceAccessor<&RingReaderWrap::reopened>("reopened"),
       InstanceMethod<&RingReaderWrap::close>("close")})));
  constructor->SuppressDestruct();  // it may outlive the environment's references
  return Napi::Function::New(
      env,
      [constructor](const Napi::CallbackInfo& info) -> Napi::Value {
        return constructor->New({info[0], info[1]});
      },
      "openRing");
}

RingReaderWrap::RingReaderWrap(const Napi::CallbackInfo& info) : ObjectWrap(info) {
  guarded(info.Env(), [&] {
    const std::string path = stringArgument(info[0], "path");
    const Napi::Function onWake = functionArgument(info[1], "onWake");
    reader_ = RingReader::open(path);
    waiter_ = std::make_unique<RingWaiter>(info.Env(), reader_, onWake);
  });
  Ref();
}

RingReader& RingReaderWrap::open() {
  if (!waiter_) throw RingError("closed", "the ring reader was closed");
  return *reader_;
}

Napi::Value RingReaderWrap::info(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] { return ringInfo(info.Env(), open().status()); });
}

Napi::Value RingReaderWrap::read(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    RingReader& reader = open();
    const RingMode mode = modeArgument(info[1]);
    const std::span<std::byte> into = memoryArgument(info[0]);
    return readResult(info.Env(), reader.copy(mode, [into](std::size_t) { return into; }));
  });
}

Napi::Value RingReaderWrap::reopened(const Napi::CallbackInfo& info) {
  if (waiter_) reopened_ = reader_->status().reopened;
  return Napi::Number::New(info.Env(), static_cast<double>(reopened_));
}

void RingReaderWrap::rearm(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] {
    open();
    waiter_->rearm();
  });
}

void RingReaderWrap::requestKeyFrame(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] { open().knock(); });
}

void RingReaderWrap::close(const Napi::CallbackInfo&) {
  if (!waiter_) return;
  reopened_ = reader_->status().reopened;
  waiter_.reset();
  reader_.reset();
  Unref();
}

}  // namespace teecam::boundary
