#include "boundary/js_channel.h"

#include <exception>
#include <utility>

namespace teecam {

std::shared_ptr<JsChannel> JsChannel::make(Napi::Env env, const char* name,
                                           std::function<void()> onEnvironmentEnd) {
  std::shared_ptr<JsChannel> channel(new JsChannel(env, std::move(onEnvironmentEnd)));
  const auto status =
      napi_create_threadsafe_function(env, nullptr, nullptr, Napi::String::New(env, name), 0, 1, nullptr,
                                      nullptr, nullptr, &call, &channel->function_);
  if (status != napi_ok) throw Napi::Error::New(env, "cannot make a thread-safe function");
  // After the function: hooks run last in, first out, so ours runs while the function is still whole.
  napi_add_env_cleanup_hook(env, &environmentEnds, channel.get());
  return channel;
}

JsChannel::JsChannel(Napi::Env env, std::function<void()> onEnvironmentEnd)
    : env_(env), onEnvironmentEnd_(std::move(onEnvironmentEnd)) {}

JsChannel::~JsChannel() {
  close();
}

void JsChannel::post(Task task) {
  std::lock_guard guard(lock_);
  if (!function_) return;
  auto* data = new Task(std::move(task));
  if (napi_call_threadsafe_function(function_, data, napi_tsfn_nonblocking) != napi_ok) delete data;
}

void JsChannel::close() {
  std::unique_lock guard(lock_);
  if (!function_) return;
  napi_release_threadsafe_function(std::exchange(function_, nullptr), napi_tsfn_release);
  guard.unlock();
  napi_remove_env_cleanup_hook(env_, &environmentEnds, this);
}

void JsChannel::call(napi_env env, napi_value, void*, void* data) {
  std::unique_ptr<Task> task(static_cast<Task*>(data));
  if (!env) return;  // the environment is going: only free the task
  Napi::HandleScope scope(env);
  try {
    (*task)(Napi::Env(env));
  } catch (const Napi::Error& error) {
    // Left alone, Node makes a mere deprecation warning of what a listener throws here.
    napi_fatal_exception(env, error.Value());
  } catch (const std::exception& error) {
    napi_fatal_exception(env, Napi::Error::New(env, error.what()).Value());
  }
}

void JsChannel::environmentEnds(void* data) {
  const auto channel = static_cast<JsChannel*>(data)->shared_from_this();
  {
    std::lock_guard guard(channel->lock_);
    napi_release_threadsafe_function(std::exchange(channel->function_, nullptr), napi_tsfn_abort);
  }
  channel->onEnvironmentEnd_();
}

}  // namespace teecam
