// Thread: JavaScript's.
// Owns: nothing.
// Ends: never.
#pragma once

#include <napi.h>

#include <vector>

#include "core/rtsp_room.h"
#include "core/rtsp_types.h"

namespace teecam::boundary {

// What src/native/port.ts says of RTSP, to and from JavaScript. What comes from there throws a TypeError that
// names the argument.
RtspOptions rtspOptionsFrom(const Napi::Object& object);
RtspMountOptions rtspMountFrom(const Napi::Object& object);
RtspRoom rtspRoomFrom(const Napi::Object& object);
Napi::Value toJs(Napi::Env env, const RtspError& error);
Napi::Object toJs(Napi::Env env, const RtspEvent& event);
Napi::Object toJs(Napi::Env env, const RtspMountStats& stats);
Napi::Object toJs(Napi::Env env, const RtspClientStats& stats);

template <typename Value>
Napi::Array listOf(Napi::Env env, const std::vector<Value>& all) {
  auto list = Napi::Array::New(env, all.size());
  for (std::uint32_t i = 0; i < all.size(); i++) list.Set(i, toJs(env, all[i]));
  return list;
}

}  // namespace teecam::boundary
