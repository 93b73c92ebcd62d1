#include "boundary/ring_waiter.h"

#include <utility>

namespace teecam::boundary {

namespace {

void callOnWake(napi_env env, napi_value onWake, void*, void*) {
  if (env == nullptr || onWake == nullptr) return;  // the environment is ending
  napi_value self;
  napi_get_undefined(env, &self);
  if (napi_call_function(env, self, onWake, 0, nullptr, nullptr) != napi_pending_exception) return;
  // Left to itself, an exception here is no more than a deprecation warning on Node 20.
  napi_value error;
  if (napi_get_and_clear_last_exception(env, &error) == napi_ok) napi_fatal_exception(env, error);
}

void stopAtEnd(void* waiter) {
  static_cast<RingWaiter*>(waiter)->stop();
}

}  // namespace

RingWaiter::RingWaiter(Napi::Env env, std::shared_ptr<RingReader> reader, const Napi::Function& onWake)
    : env_(env), reader_(std::move(reader)) {
  const Napi::String name = Napi::String::New(env, "teecam ring");
  if (napi_create_threadsafe_function(env, onWake, nullptr, name, 0, 1, nullptr, nullptr, nullptr, callOnWake,
                                      &wake_) != napi_ok)
    throw Napi::Error::New(env);
  // After the thread-safe function's own hook, so it runs before that one.
  napi_add_env_cleanup_hook(env, stopAtEnd, this);
  thread_ = std::thread([this] { run(); });
}

RingWaiter::~RingWaiter() {
  stop();
}

void RingWaiter::rearm() {
  {
    const std::lock_guard guard(lock_);
    armed_ = true;
  }
  changed_.notify_one();
}

void RingWaiter::stop() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard guard(lock_);
    stopping_ = true;
  }
  changed_.notify_one();
  reader_->interrupt();
  thread_.join();
  napi_remove_env_cleanup_hook(env_, stopAtEnd, this);
  napi_release_threadsafe_function(wake_, napi_tsfn_abort);
}

void RingWaiter::run() {
  for (;;) {
    {
      std::unique_lock guard(lock_);
      changed_.wait(guard, [this] { return armed_ || stopping_; });
      if (stopping_) return;
    }
    const RingWait wait = reader_->waitFor(std::chrono::hours(1));
    if (wait == RingWait::interrupted) return;
    if (wait == RingWait::timeout) continue;
    {
      const std::lock_guard guard(lock_);
      armed_ = false;
    }
    // Never blocking: a thread that waits for the loop while the loop waits for the thread is a deadlock.
    napi_call_threadsafe_function(wake_, nullptr, napi_tsfn_nonblocking);
    if (wait == RingWait::ended) return;
  }
}

}  // namespace teecam::boundary
