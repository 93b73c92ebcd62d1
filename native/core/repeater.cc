#include "core/repeater.h"

#include <pthread.h>

namespace teecam {

namespace {

/// For a camera of the local network to answer; one that has ceased to is left all the same.
constexpr auto kPatience = std::chrono::milliseconds(500);

}  // namespace

void Repeater::setPeriod(std::chrono::nanoseconds period) {
  std::lock_guard guard(lock_);
  period_ = period;
  changed_.notify_all();
}

void Repeater::begin() {
  std::lock_guard guard(lock_);
  if (running_) return;
  running_ = true;
  began_ = std::chrono::steady_clock::now();
  thread_ = std::thread([this] { run(); });
}

void Repeater::end() {
  if (!thread_.joinable()) return;
  {
    std::lock_guard guard(lock_);
    running_ = false;
    changed_.notify_all();
  }
  thread_.join();
  // What is asked for is cancelled when the element stops. When its answer comes at that very moment,
  // libsoup 3.2 crashes: it closes the answer's stream after the message has let go of its connection. Later
  // ones look.
  std::unique_lock guard(lock_);
  changed_.wait_for(guard, kPatience, [this] { return run_ != Run::asking; });
}

void Repeater::asking() {
  become(Run::asking);
}

void Repeater::answered() {
  become(Run::answered);
}

void Repeater::ended() {
  become(Run::over);
}

void Repeater::become(Run run) {
  std::lock_guard guard(lock_);
  run_ = run;
  changed_.notify_all();
}

void Repeater::run() {
  pthread_setname_np(pthread_self(), "teecam-repeat");
  std::unique_lock guard(lock_);
  while (running_) {
    if (run_ != Run::over) {
      changed_.wait(guard);
    } else if (const auto due = began_ + period_; std::chrono::steady_clock::now() < due) {
      changed_.wait_until(guard, due);
    } else {
      run_ = Run::asking;
      began_ = std::chrono::steady_clock::now();
      guard.unlock();
      gst_element_set_state(element_, GST_STATE_READY);  // joins its task, which has ended
      gst_element_set_state(element_, GST_STATE_PLAYING);
      guard.lock();
    }
  }
}

}  // namespace teecam
