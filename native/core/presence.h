// Thread: the thread of its context.
// Owns: an inotify descriptor, a descriptor of each watched ring, a source on the context.
// Ends: the destructor; not from within the callback.
#pragma once

#include <gst/gst.h>
#include <sys/stat.h>

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "core/unique_fd.h"

namespace teecam {

/// Who reads which ring. inotify says when to look, the presence locks say what is so (docs/ring.md, Locks),
/// and a sweep twice a second catches what inotify does not tell: a reader that takes its lock late, a new
/// file under the name, a system that has no inotify instance left.
class PresenceWatch {
 public:
  /// Called when the number of readers changed, and (`opened`) when somebody opened the ring: whoever does
  /// wants a key frame. The first readers are told soon after add().
  using Callback = std::function<void(std::size_t ring, unsigned readers, bool opened)>;

  PresenceWatch(GMainContext* context, Callback callback);
  ~PresenceWatch();
  PresenceWatch(const PresenceWatch&) = delete;
  PresenceWatch& operator=(const PresenceWatch&) = delete;

  /// Returns the ring's number, counted from 0. A file that is not there (any more) is looked for at every
  /// sweep.
  std::size_t add(const std::string& path);

 private:
  struct Ring {
    std::string path;
    UniqueFd file;
    struct stat identity {};
    int watch = -1;
    unsigned readers = 0;
    bool opened = false;  // since the last report
    bool look = true;
  };
  struct Source;

  static gboolean dispatch(GSource* source, GSourceFunc, gpointer);
  void drainEvents();
  void handleEvent(int watch, unsigned mask);
  void follow(Ring& ring);
  void report(std::size_t index);
  void wakeAt(gint64 timeUs);

  const Callback callback_;
  UniqueFd inotify_;
  std::vector<Ring> rings_;
  Source* source_ = nullptr;
  gint64 nextSweepUs_ = 0;
};

}  // namespace teecam
