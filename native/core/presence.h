// Thread: the thread of its context.
// Owns: an inotify descriptor, a descriptor of each watched ring, a source on the context.
// Ends: the destructor; not from within a callback.
#pragma once

#include <gst/gst.h>
#include <sys/stat.h>

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "core/unique_fd.h"

namespace teecam {

/// Who reads which ring. inotify says when to look, the presence locks say what is so (docs/ring.md, Locks),
/// and a sweep twice a second catches what inotify does not tell: a reader that takes its lock late, a new
/// file under the name, a system that has no inotify instance left.
class PresenceWatch {
 public:
  /// Called when the number of readers changed, and (`opened`) when somebody opened the ring: whoever does
  /// wants a key frame. The first readers are told soon after add().
  using Callback = std::function<void(unsigned readers, bool opened)>;
  using Id = std::uint64_t;

  explicit PresenceWatch(GMainContext* context);
  ~PresenceWatch();
  PresenceWatch(const PresenceWatch&) = delete;
  PresenceWatch& operator=(const PresenceWatch&) = delete;

  /// A file that is not there (any more) is looked for at every sweep.
  Id add(const std::string& path, Callback callback);
  /// Its callback is not called any more. Not from within a callback.
  void remove(Id ring);

 private:
  struct Ring {
    std::string path;
    Callback callback;
    UniqueFd file;
    UniqueFd former;  // that had the name before, while it has readers: they are about to move over
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
  static unsigned countReaders(Ring& ring);
  static void report(Ring& ring);
  void unwatch(Ring& ring);
  void wakeAt(gint64 timeUs);

  UniqueFd inotify_;
  std::map<Id, Ring> rings_;
  Id lastId_ = 0;
  Source* source_ = nullptr;
  gint64 nextSweepUs_ = 0;
};

}  // namespace teecam
