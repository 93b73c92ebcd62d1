// Thread: any.
// Owns: the control thread and its GMainContext; GStreamer's initialisation.
// Ends: never: one per process, for GStreamer cannot be begun twice.
#pragma once

#include <glib.h>

#include <functional>
#include <memory>
#include <thread>

namespace teecam {

/// The one thread on which pipelines are built, commanded and heard. State changes that may block for ever
/// (those of sources) run elsewhere.
class Runtime {
 public:
  /// Starts GStreamer and the control thread on first use.
  static Runtime& get();

  GMainContext* context() const { return context_; }
  bool onControlThread() const { return std::this_thread::get_id() == thread_.get_id(); }
  /// Runs `task` on the control thread, after what was posted before. What it throws is logged.
  void post(std::function<void()> task);
  /// Runs `task` on the control thread and waits for it. Never from the control thread.
  void run(const std::function<void()>& task);

 private:
  Runtime();
  GMainContext* context_;
  GMainLoop* loop_;
  std::thread thread_;
};

/// A callback on the control thread after some time, once or again and again, until it is destroyed. Make,
/// destroy and move it on the control thread only; it may be destroyed in its own callback.
class Timer {
 public:
  Timer() = default;
  static Timer once(unsigned delayMs, std::function<void()> callback);
  static Timer every(unsigned intervalMs, std::function<void()> callback);
  Timer(Timer&& other) noexcept;
  Timer& operator=(Timer&& other) noexcept;
  ~Timer() { cancel(); }
  void cancel();

 private:
  static Timer start(unsigned ms, bool repeat, std::function<void()> callback);
  GSource* source_ = nullptr;
};

}  // namespace teecam
