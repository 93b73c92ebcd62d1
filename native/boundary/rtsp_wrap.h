// Thread: the JavaScript thread.
// Owns: nothing; each server that is made owns itself until it is closed or its environment ends.
// Ends: never.
#pragma once

#include <napi.h>

namespace teecam {

/// `createRtspServer(options, onEvent)` of src/native/port.ts.
Napi::Value createRtspServer(const Napi::CallbackInfo& info);

}  // namespace teecam
