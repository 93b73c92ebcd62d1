// Thread: JavaScript's.
// Owns: a RingFile.
// Ends: close(), or with the object when its environment ends.
#pragma once

#include <napi.h>

#include <memory>

#include "core/ring_file.h"

namespace teecam::boundary {

/// RingFileHandle in src/native/port.ts.
class RingFileWrap : public Napi::ObjectWrap<RingFileWrap> {
 public:
  /// The function `createRing`.
  static Napi::Function factory(Napi::Env env);
  explicit RingFileWrap(const Napi::CallbackInfo& info);

 private:
  Napi::Value path(const Napi::CallbackInfo& info);
  Napi::Value origin(const Napi::CallbackInfo& info);
  Napi::Value republish(const Napi::CallbackInfo& info);
  void draft(const Napi::CallbackInfo& info);
  void publishDraft(const Napi::CallbackInfo& info);
  void dropDraft(const Napi::CallbackInfo& info);
  Napi::Value readers(const Napi::CallbackInfo& info);
  Napi::Value newestCaptureNs(const Napi::CallbackInfo& info);
  void close(const Napi::CallbackInfo& info);
  RingFile& open();

  std::unique_ptr<RingFile> file_;  // null: closed
  std::string path_, origin_;       // outlive it
};

}  // namespace teecam::boundary
