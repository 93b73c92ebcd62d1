// Thread: JavaScript's; the work runs on the control thread, or on one of its own.
// Owns: a channel for each promise, until it is settled.
// Ends: with the answer, or the environment.
#pragma once

#include <napi.h>

#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "boundary/js_channel.h"
#include "core/runtime.h"

namespace teecam {

/// A promise, and the task that does `work` and settles it: with what `convert` makes of the result, or with
/// what it threw. The task may run on any thread, once.
template <typename Result>
std::pair<Napi::Promise, std::function<void()>> promised(
    Napi::Env env, const char* name, std::function<Result()> work,
    std::function<Napi::Value(Napi::Env, const Result&)> convert) {
  const auto deferred = Napi::Promise::Deferred::New(env);
  auto channel = JsChannel::make(env, name, [] {});
  auto task = [=, work = std::move(work), convert = std::move(convert)] {
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
  };
  return {deferred.Promise(), std::move(task)};
}

template <typename Result>
Napi::Value onControlThread(Napi::Env env, const char* name, std::function<Result()> work,
                            std::function<Napi::Value(Napi::Env, const Result&)> convert) {
  auto [promise, task] = promised<Result>(env, name, std::move(work), std::move(convert));
  Runtime::get().post(std::move(task));
  return promise;
}

/// For what may have to wait for a driver.
template <typename Result>
Napi::Value onThreadOfItsOwn(Napi::Env env, const char* name, std::function<Result()> work,
                             std::function<Napi::Value(Napi::Env, const Result&)> convert) {
  auto [promise, task] = promised<Result>(env, name, std::move(work), std::move(convert));
  std::thread(std::move(task)).detach();
  return promise;
}

}  // namespace teecam
