#include "core/runtime.h"

#include <gst/gst.h>
#include <pthread.h>

#include <exception>
#include <future>
#include <utility>

#include "core/ring_sink.h"

namespace teecam {

namespace {

void runLogged(const std::function<void()>& task) {
  try {
    task();
  } catch (const std::exception& error) {
    g_critical("on the control thread: %s", error.what());
  }
}

struct TimerTask {
  std::function<void()> callback;
  bool repeat;
};

}  // namespace

Runtime& Runtime::get() {
  static Runtime* const instance = new Runtime;  // never destroyed: threads of GStreamer may outlive main()
  return *instance;
}

Runtime::Runtime() : context_(g_main_context_new()), loop_(g_main_loop_new(context_, FALSE)) {
  gst_init(nullptr, nullptr);
  registerElements();
  thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), "teecam-control");
    g_main_context_push_thread_default(context_);
    g_main_loop_run(loop_);
  });
}

void Runtime::post(std::function<void()> task) {
  GSource* source = g_idle_source_new();
  g_source_set_priority(source, G_PRIORITY_DEFAULT);
  g_source_set_callback(
      source,
      [](gpointer data) -> gboolean {
        runLogged(*static_cast<std::function<void()>*>(data));
        return G_SOURCE_REMOVE;
      },
      new std::function<void()>(std::move(task)),
      [](gpointer data) { delete static_cast<std::function<void()>*>(data); });
  g_source_attach(source, context_);
  g_source_unref(source);
}

void Runtime::run(const std::function<void()>& task) {
  std::promise<void> done;
  post([&] {
    try {
      task();
      done.set_value();
    } catch (...) {
      done.set_exception(std::current_exception());
    }
  });
  done.get_future().get();
}

Timer Timer::start(unsigned ms, bool repeat, std::function<void()> callback) {
  Timer timer;
  timer.source_ = g_timeout_source_new(ms);
  g_source_set_callback(
      timer.source_,
      [](gpointer data) -> gboolean {
        auto* task = static_cast<TimerTask*>(data);
        const bool repeats =
            task->repeat;  // the callback may destroy the timer, and with it the task's source
        runLogged(task->callback);
        return repeats ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
      },
      new TimerTask{std::move(callback), repeat},
      [](gpointer data) { delete static_cast<TimerTask*>(data); });
  g_source_attach(timer.source_, Runtime::get().context());
  return timer;
}

Timer Timer::once(unsigned delayMs, std::function<void()> callback) {
  return start(delayMs, false, std::move(callback));
}

Timer Timer::every(unsigned intervalMs, std::function<void()> callback) {
  return start(intervalMs, true, std::move(callback));
}

Timer::Timer(Timer&& other) noexcept : source_(std::exchange(other.source_, nullptr)) {}

Timer& Timer::operator=(Timer&& other) noexcept {
  if (this != &other) {
    cancel();
    source_ = std::exchange(other.source_, nullptr);
  }
  return *this;
}

void Timer::cancel() {
  GSource* source = std::exchange(source_, nullptr);
  if (source == nullptr) return;
  g_source_destroy(source);
  g_source_unref(source);
}

}  // namespace teecam
