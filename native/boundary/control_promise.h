// Thread: JavaScript's; the work runs on the control thread.
// Owns: a channel for each promise, until it is settled.
// Ends: with the answer, or the environment.
#pragma once

#include <napi.h>

#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "boundary/js_channel.h"
#include "core/runtime.h"

namespace teecam {

/// Does `work` on the control thread; the promise gets what `convert` makes of its result, or what it threw.
template <typename Result>
Napi::Value onControlThread(Napi::Env env, const char* name, std::function<Result()> work,
                            std::function<Napi::Value(Napi::Env, const Result&)> convert) {
  const auto deferred = Napi::Promise::Deferred::New(env);
  auto channel = JsChannel::make(env, name, [] {});
  Runtime::get().post([=, work = std::move(work), convert = std::move(convert)] {
    JsChannel::Task settle;
    try {
      settle = [deferred, convert, result = work()](Napi::Env js) { deferred.Resolve(convert(js, result)); };
    } catch (const std::exception& error) {
      settle = [deferred, message = std::string(error.what())](Napi::Env js) {
        deferred.Reject(Napi::Error::New(js, message).Value());
      };
    }
    channel->post([channel, settle = std::move(settle)](Napi::Env js) {
      channel->close();
      settle(js);
    });
  });
  return deferred.Promise();
}

}  // namespace teecam
