#include "boundary/muxer_wrap.h"

#include <string>
#include <utility>
#include <vector>

#include "boundary/arguments.h"

namespace teecam::boundary {

namespace {

Container containerArgument(const Napi::Value& value) {
  const std::string name = stringArgument(value, "container");
  if (name == "ts") return Container::mpegTs;
  if (name == "mp4") return Container::mp4;
  throw Napi::TypeError::New(value.Env(), "container must be ts or mp4, not " + name);
}

MuxerOptions optionsFrom(const Napi::Object& given) {
  return {stringArgument(given.Get("ring"), "ring"), containerArgument(given.Get("container")),
          integerArgument(given.Get("maxWaitingBytes"), "maxWaitingBytes")};
}

Napi::Object toJs(Napi::Env env, const MuxedChunk& chunk) {
  auto value = Napi::Object::New(env);
  value.Set("data", Napi::Buffer<std::byte>::Copy(env, chunk.data.data(), chunk.data.size()));
  value.Set("key", chunk.key);
  value.Set("captureNs", static_cast<double>(chunk.captureNs));
  if (!chunk.header) {
    value.Set("header", env.Null());
    return value;
  }
  auto header = Napi::Object::New(env);
  header.Set("codecs", chunk.codecs);
  header.Set("width", chunk.width);
  header.Set("height", chunk.height);
  value.Set("header", header);
  return value;
}

}  // namespace

Napi::Function MuxerWrap::factory(Napi::Env env) {
  const auto constructor = std::make_shared<Napi::FunctionReference>(Napi::Persistent(
      DefineClass(env, "Muxer",
                  {InstanceMethod<&MuxerWrap::take>("take"), InstanceMethod<&MuxerWrap::stats>("stats"),
                   InstanceMethod<&MuxerWrap::requestKeyFrame>("requestKeyFrame"),
                   InstanceMethod<&MuxerWrap::close>("close")})));
  constructor->SuppressDestruct();  // it may outlive the environment's references
  return Napi::Function::New(
      env,
      [constructor](const Napi::CallbackInfo& info) -> Napi::Value {
        return constructor->New({info[0], info[1]});
      },
      "createMuxer");
}

MuxerWrap::MuxerWrap(const Napi::CallbackInfo& info) : ObjectWrap(info) {
  guarded(info.Env(), [&] {
    auto options = optionsFrom(objectArgument(info[0], "options"));
    onNews_ =
        std::make_shared<Napi::FunctionReference>(Napi::Persistent(functionArgument(info[1], "onNews")));
    channel_ = JsChannel::make(info.Env(), "teecam muxer", [this] { end(); });
    const auto wake = [channel = channel_, onNews = onNews_] {
      channel->post([onNews](Napi::Env) {
        if (!onNews->IsEmpty()) onNews->Call({});
      });
    };
    try {
      muxer_ = std::make_unique<Muxer>(std::move(options), wake);
    } catch (...) {
      end();
      throw;
    }
  });
  Ref();
}

Muxer& MuxerWrap::open() {
  if (!muxer_) throw RingError("closed", "the muxer was closed");
  return *muxer_;
}

Napi::Value MuxerWrap::take(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const Muxer::News news = open().take();
    auto chunks = Napi::Array::New(info.Env(), news.chunks.size());
    for (std::uint32_t i = 0; i < news.chunks.size(); i++) chunks.Set(i, toJs(info.Env(), news.chunks[i]));
    auto value = Napi::Object::New(info.Env());
    value.Set("chunks", chunks);
    value.Set("ended", news.ended);
    return value;
  });
}

Napi::Value MuxerWrap::stats(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const MuxerStats stats = open().stats();
    auto value = Napi::Object::New(info.Env());
    value.Set("frames", static_cast<double>(stats.frames));
    value.Set("dropped", static_cast<double>(stats.dropped));
    return value;
  });
}

void MuxerWrap::requestKeyFrame(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] { open().requestKeyFrame(); });
}

void MuxerWrap::close(const Napi::CallbackInfo&) {
  if (!muxer_) return;
  end();
  Unref();
}

void MuxerWrap::end() {
  muxer_.reset();  // its thread posts no more
  onNews_->Reset();
  channel_->close();
}

}  // namespace teecam::boundary
