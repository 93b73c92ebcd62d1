// Thread: JavaScript's. Owns: nothing. Ends: never.
#pragma once

#include <napi.h>

namespace teecam {

/// elements(names) of src/native/port.ts.
Napi::Value elements(const Napi::CallbackInfo& info);
/// listDevices(withControls) of src/native/port.ts.
Napi::Value listDevices(const Napi::CallbackInfo& info);
/// limitUnsent(socket, bytes) of src/native/port.ts.
void limitUnsent(const Napi::CallbackInfo& info);

}  // namespace teecam
