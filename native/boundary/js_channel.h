// Thread: post from any thread, never blocks; make and close on the JavaScript thread.
// Owns: one thread-safe function and the cleanup hook of its environment.
// Ends: close(), or the end of the environment, after which posts are dropped.
#pragma once

#include <napi.h>

#include <functional>
#include <memory>
#include <mutex>

namespace teecam {

/// The one ordered way from native threads to JavaScript: replies and events leave through it in the order in
/// which they were posted.
class JsChannel : public std::enable_shared_from_this<JsChannel> {
 public:
  using Task = std::function<void(Napi::Env)>;

  /// `onEnvironmentEnd` runs on the JavaScript thread when the environment ends before close(); it must end
  /// whatever still posts.
  static std::shared_ptr<JsChannel> make(Napi::Env env, const char* name,
                                         std::function<void()> onEnvironmentEnd);
  ~JsChannel();
  JsChannel(const JsChannel&) = delete;
  JsChannel& operator=(const JsChannel&) = delete;

  void post(Task task);
  /// Tasks already posted still run.
  void close();

 private:
  JsChannel(Napi::Env env, std::function<void()> onEnvironmentEnd);
  static void call(napi_env env, napi_value, void*, void* data);
  static void environmentEnds(void* data);

  const napi_env env_;
  const std::function<void()> onEnvironmentEnd_;
  std::mutex lock_;
  napi_threadsafe_function function_ = nullptr;  // guarded by lock_; null: closed
};

}  // namespace teecam
