// Thread: JavaScript's.
// Owns: a muxer, and the channel it wakes through.
// Ends: close(), or the end of the environment. The garbage collector leaves it alone until then.
#pragma once

#include <napi.h>

#include <memory>

#include "boundary/js_channel.h"
#include "core/muxer.h"

namespace teecam::boundary {

/// MuxerHandle in src/native/port.ts.
class MuxerWrap : public Napi::ObjectWrap<MuxerWrap> {
 public:
  /// `createMuxer(options, onNews)`.
  static Napi::Function factory(Napi::Env env);
  explicit MuxerWrap(const Napi::CallbackInfo& info);

 private:
  /// What wakes that are on their way share: empty once nobody is to be called any more.
  using Callback = std::shared_ptr<Napi::FunctionReference>;

  Muxer& open();
  void end();
  Napi::Value take(const Napi::CallbackInfo& info);
  Napi::Value stats(const Napi::CallbackInfo& info);
  void requestKeyFrame(const Napi::CallbackInfo& info);
  void close(const Napi::CallbackInfo& info);

  Callback onNews_;
  std::shared_ptr<JsChannel> channel_;
  std::unique_ptr<Muxer> muxer_;  // null: closed
};

}  // namespace teecam::boundary
