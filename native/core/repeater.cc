#include "core/repeater.h"

#include <pthread.h>

namespace teecam {

void Repeater::setPeriod(std::chrono::nanoseconds period) {
  std::lock_guard guard(lock_);
  period_ = period;
  changed_.notify_all();
}

void Repeater::begin() {
  std::lock_guard guard(lock_);
  if (running_) return;
  running_ = true;
  over_ = false;
  began_ = std::chrono::steady_clock::now();
  thread_ = std::thread([this] { run(); });
}

void Repeater::end() {
  {
    std::lock_guard guard(lock_);
    running_ = false;
    changed_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

void Repeater::ended() {
  std::lock_guard guard(lock_);
  over_ = true;
  changed_.notify_all();
}

void Repeater::run() {
  pthread_setname_np(pthread_self(), "teecam-repeat");
  std::unique_lock guard(lock_);
  while (running_) {
    if (!over_) {
      changed_.wait(guard);
    } else if (const auto due = began_ + period_; std::chrono::steady_clock::now() < due) {
      changed_.wait_until(guard, due);
    } else {
      over_ = false;
      began_ = std::chrono::steady_clock::now();
      guard.unlock();
      gst_element_set_state(element_, GST_STATE_READY);  // joins its task, which has ended
      gst_element_set_state(element_, GST_STATE_PLAYING);
      guard.lock();
    }
  }
}

}  // namespace teecam
