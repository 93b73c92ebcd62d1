// Thread: JavaScript's.
// Owns: nothing.
// Ends: never.
#pragma once

#include <napi.h>

#include <cstdint>
#include <string>

#include "core/ring_error.h"

namespace teecam::boundary {

// Sentences for people are made in TypeScript; these checks keep a wrong call from crashing the process. They
// throw a TypeError that names the argument.
std::string stringArgument(const Napi::Value& value, const char* name);
Napi::Function functionArgument(const Napi::Value& value, const char* name);
Napi::Object objectArgument(const Napi::Value& value, const char* name);
/// A whole number from 0 to 2^53 - 1, or to `max`.
std::uint64_t integerArgument(const Napi::Value& value, const char* name,
                              std::uint64_t max = (1ull << 53) - 1);

/// The JavaScript error, with `code` and the details as properties, and the stack of the call under way.
Napi::Error toJavaScript(Napi::Env env, const RingError& error);

/// Runs `body`; nothing but a Napi::Error leaves it.
template <typename Body>
auto guarded(Napi::Env env, Body body) -> decltype(body()) {
  try {
    return body();
  } catch (const RingError& error) {
    throw toJavaScript(env, error);
  } catch (const Napi::Error&) {
    throw;
  } catch (const std::exception& error) {
    throw toJavaScript(env, RingError("failed", error.what()));
  }
}

}  // namespace teecam::boundary
