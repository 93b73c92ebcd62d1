#include "core/state_thread.h"

#include <pthread.h>

#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

#include "core/runtime.h"

namespace teecam {

struct StateThread::Shared {
  std::mutex lock;  // guards wanted, done
  std::condition_variable changed;
  GstState wanted = GST_STATE_NULL;
  bool ending = false;
  std::function<void()> done;
  std::unique_ptr<Pipeline> pipeline;  // the thread's own
  std::function<void()> onFailure;     // the thread's own

  void run() {
    GstState reached = GST_STATE_NULL;
    std::unique_lock guard(lock);
    for (;;) {
      changed.wait(guard, [&] { return ending || wanted != reached; });
      if (ending) break;
      reached = wanted;
      guard.unlock();
      const auto result = gst_element_set_state(pipeline->get(), reached);
      if (result == GST_STATE_CHANGE_FAILURE) Runtime::get().post(onFailure);
      guard.lock();
    }
    auto finish = std::move(done);
    guard.unlock();
    pipeline.reset();
    onFailure = nullptr;
    if (finish) Runtime::get().post(std::move(finish));
  }
};

StateThread::StateThread(std::unique_ptr<Pipeline> pipeline, std::function<void()> onFailure)
    : shared_(std::make_shared<Shared>()) {
  shared_->pipeline = std::move(pipeline);
  shared_->onFailure = std::move(onFailure);
  std::thread([shared = shared_] {
    pthread_setname_np(pthread_self(), "teecam-state");
    shared->run();
  }).detach();
}

void StateThread::want(GstState state) {
  std::lock_guard guard(shared_->lock);
  shared_->wanted = state;
  shared_->changed.notify_one();
}

void StateThread::down(std::function<void()> done) {
  std::lock_guard guard(shared_->lock);
  if (shared_->ending) return;
  shared_->ending = true;
  shared_->done = std::move(done);
  shared_->changed.notify_one();
}

}  // namespace teecam
