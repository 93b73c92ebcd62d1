// Everything that JavaScript can call.
#include <napi.h>

#include "boundary/core_wrap.h"
#include "boundary/muxer_wrap.h"
#include "boundary/ring_file_wrap.h"
#include "boundary/ring_reader_wrap.h"
#include "boundary/rtsp_wrap.h"
#include "boundary/shm_output_wrap.h"
#include "boundary/system_wrap.h"
#include "core/version.h"

namespace {

Napi::Object init(Napi::Env env, Napi::Object exports) {
  auto versions = Napi::Object::New(env);
  versions.Set("gstreamer", teecam::gstreamerVersion());
  versions.Set("protocol", teecam::kProtocolVersion);
  exports.Set("versions", versions);
  exports.Set("elements", Napi::Function::New(env, teecam::elements, "elements"));
  exports.Set("listDevices", Napi::Function::New(env, teecam::listDevices, "listDevices"));
  exports.Set("limitUnsent", Napi::Function::New(env, teecam::limitUnsent, "limitUnsent"));
  exports.Set("createCore", Napi::Function::New(env, teecam::createCore, "createCore"));
  exports.Set("createRtspServer", Napi::Function::New(env, teecam::createRtspServer, "createRtspServer"));
  exports.Set("createShmOutput", teecam::boundary::ShmOutputWrap::factory(env));
  exports.Set("createMuxer", teecam::boundary::MuxerWrap::factory(env));
  exports.Set("createRing", teecam::boundary::RingFileWrap::factory(env));
  exports.Set("openRing", teecam::boundary::RingReaderWrap::factory(env));
  return exports;
}

}  // namespace

NODE_API_MODULE(teecam, init)
