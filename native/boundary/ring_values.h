// Thread: JavaScript's.
// Owns: nothing.
// Ends: never.
#pragma once

#include <napi.h>

#include "core/ring_reader.h"

namespace teecam::boundary {

/// RingInfo in src/native/port.ts.
Napi::Object ringInfo(Napi::Env env, const RingStatus& status);
/// ReadResult in src/native/port.ts.
Napi::Object readResult(Napi::Env env, const RingCopy& copy);

}  // namespace teecam::boundary
