// Thread: begin() and end() on the one that changes the element's state, the others on any; it has one of its
// own. Owns: that thread. Ends: end().
#pragma once

#include <gst/gst.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace teecam {

/// Runs a live source element once more each time that it has ended.
class Repeater {
 public:
  explicit Repeater(GstElement* element) : element_(element) {}
  ~Repeater() { end(); }
  Repeater(const Repeater&) = delete;
  Repeater& operator=(const Repeater&) = delete;

  /// At least so long from start to start.
  void setPeriod(std::chrono::nanoseconds period);
  /// The element is about to run for the first time.
  void asking();
  /// The element plays from now on.
  void begin();
  /// Waits for a run that is being started, and for a while for its answer.
  void end();
  /// What the element asked for has begun to come.
  void answered();
  /// The element's task has nothing more to do; the last that is told of a run.
  void ended();

 private:
  enum class Run { asking, answered, over };

  void become(Run run);
  void run();

  GstElement* const element_;  // outlives this
  std::mutex lock_;            // guards what follows
  std::condition_variable changed_;
  std::chrono::nanoseconds period_{0};
  std::chrono::steady_clock::time_point began_;
  bool running_ = false;
  Run run_ = Run::asking;
  std::thread thread_;  // the one that changes the element's state
};

}  // namespace teecam
