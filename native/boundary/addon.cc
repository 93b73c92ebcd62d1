// Everything that JavaScript can call.
#include <napi.h>

#include "core/version.h"

namespace {

Napi::Object init(Napi::Env env, Napi::Object exports) {
  auto versions = Napi::Object::New(env);
  versions.Set("gstreamer", teecam::gstreamerVersion());
  versions.Set("protocol", teecam::kProtocolVersion);
  exports.Set("versions", versions);
  return exports;
}

}  // namespace

NODE_API_MODULE(teecam, init)
