// Thread: JavaScript's.
// Owns: a RingReader and its waiter.
// Ends: close(), or the end of the environment. The garbage collector leaves it alone until then.
#pragma once

#include <napi.h>

#include <memory>

#include "boundary/ring_waiter.h"
#include "core/ring_reader.h"

namespace teecam::boundary {

/// RingReaderHandle in src/native/port.ts.
class RingReaderWrap : public Napi::ObjectWrap<RingReaderWrap> {
 public:
  /// The function `openRing`.
  static Napi::Function factory(Napi::Env env);
  explicit RingReaderWrap(const Napi::CallbackInfo& info);

 private:
  Napi::Value info(const Napi::CallbackInfo& info);
  Napi::Value read(const Napi::CallbackInfo& info);
  Napi::Value reopened(const Napi::CallbackInfo& info);
  void rearm(const Napi::CallbackInfo& info);
  void requestKeyFrame(const Napi::CallbackInfo& info);
  void close(const Napi::CallbackInfo& info);
  RingReader& open();

  std::shared_ptr<RingReader> reader_;
  std::unique_ptr<RingWaiter> waiter_;  // null: closed
  std::uint64_t reopened_ = 0;
};

}  // namespace teecam::boundary
