// Thread: JavaScript's.
// Owns: nothing; the handle that createCore returns keeps its core.
// Ends: never.
#pragma once

#include <napi.h>

namespace teecam {

/// createCore(onMessage) of src/native/port.ts.
Napi::Value createCore(const Napi::CallbackInfo& info);

}  // namespace teecam
