// Thread: JavaScript's; close() ends the output on a thread of the pool.
// Owns: a shared memory output, until it is closed or collected.
// Ends: with the JavaScript object, or the environment.
#pragma once

#include <napi.h>

#include <memory>

#include "core/shm_output.h"

namespace teecam::boundary {

/// ShmOutputHandle in src/native/port.ts.
class ShmOutputWrap : public Napi::ObjectWrap<ShmOutputWrap> {
 public:
  /// `createShmOutput(options)`.
  static Napi::Function factory(Napi::Env env);
  explicit ShmOutputWrap(const Napi::CallbackInfo& info);

 private:
  ShmOutput& open();
  Napi::Value stats(const Napi::CallbackInfo& info);
  Napi::Value clients(const Napi::CallbackInfo& info);
  Napi::Value end(const Napi::CallbackInfo& info);
  void removeNames(const Napi::CallbackInfo& info);
  Napi::Value close(const Napi::CallbackInfo& info);

  std::unique_ptr<ShmOutput> output_;  // null: closed
};

}  // namespace teecam::boundary
