// Thread: any may ask; state changes run on a detached thread of its own, for a driver can block one for
// ever. Owns: a pipeline, together with its thread. Ends: down(); the thread destroys the pipeline. A thread
// that never comes back keeps it for ever.
#pragma once

#include <gst/gst.h>

#include <functional>
#include <memory>

#include "core/pipeline.h"

namespace teecam {

/// Brings one pipeline up and down without making anybody wait.
class StateThread {
 public:
  /// `onFailure` runs on the control thread when a state was refused.
  StateThread(std::unique_ptr<Pipeline> pipeline, std::function<void()> onFailure);
  ~StateThread() { down({}); }
  StateThread(const StateThread&) = delete;
  StateThread& operator=(const StateThread&) = delete;

  /// PAUSED or PLAYING; a wish not yet begun is replaced by a later one.
  void want(GstState state);
  /// To NULL and away; `done` runs on the control thread. Later calls do nothing.
  void down(std::function<void()> done);

 private:
  struct Shared;
  std::shared_ptr<Shared> shared_;
};

}  // namespace teecam
