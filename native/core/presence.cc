#include "core/presence.h"

#include <fcntl.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <exception>
#include <utility>

#include "core/ring_locks.h"

namespace teecam {

namespace {

constexpr gint64 kSweepUs = 500'000;
// The kernel tells of a close before it drops the closed file's locks: ask once more after that.
constexpr gint64 kSettleUs = 5'000;
constexpr std::uint32_t kEvents = IN_OPEN | IN_ACCESS | IN_CLOSE_NOWRITE;

}  // namespace

struct PresenceWatch::Source {
  GSource parent;
  PresenceWatch* watch;
};

PresenceWatch::PresenceWatch(GMainContext* context) : inotify_(inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {
  static GSourceFuncs functions = {nullptr, nullptr, dispatch, nullptr, nullptr, nullptr};
  source_ = reinterpret_cast<Source*>(g_source_new(&functions, sizeof(Source)));
  source_->watch = this;
  if (inotify_) {
    g_source_add_unix_fd(&source_->parent, inotify_.get(), G_IO_IN);
  } else {
    g_warning("no inotify: %s; readers are noticed within half a second", g_strerror(errno));
  }
  g_source_set_ready_time(&source_->parent, 0);
  g_source_attach(&source_->parent, context);
}

PresenceWatch::~PresenceWatch() {
  g_source_destroy(&source_->parent);
  g_source_unref(&source_->parent);
}

PresenceWatch::Id PresenceWatch::add(const std::string& path, Callback callback) {
  Ring& ring = rings_[++lastId_];
  ring.path = path;
  ring.callback = std::move(callback);
  follow(ring);
  wakeAt(0);
  return lastId_;
}

void PresenceWatch::remove(Id id) {
  unwatch(rings_.at(id));
  rings_.erase(id);
}

gboolean PresenceWatch::dispatch(GSource* source, GSourceFunc, gpointer) {
  PresenceWatch& self = *reinterpret_cast<Source*>(source)->watch;
  g_source_set_ready_time(source, -1);
  self.drainEvents();
  if (g_get_monotonic_time() >= self.nextSweepUs_) {
    self.nextSweepUs_ = g_get_monotonic_time() + kSweepUs;
    for (auto& [id, ring] : self.rings_) {
      self.follow(ring);
      ring.look = true;
    }
  }
  self.wakeAt(self.nextSweepUs_);
  for (auto& [id, ring] : self.rings_) {
    try {
      report(ring);
    } catch (const std::exception& error) {
      g_warning("%s: %s", ring.path.c_str(), error.what());
    }
  }
  return G_SOURCE_CONTINUE;
}

void PresenceWatch::drainEvents() {
  alignas(inotify_event) std::array<char, 4096> buffer;
  for (;;) {
    const ssize_t length = inotify_ ? read(inotify_.get(), buffer.data(), buffer.size()) : 0;
    if (length <= 0) return;
    for (ssize_t at = 0; at < length;) {
      const auto* event = reinterpret_cast<const inotify_event*>(buffer.data() + at);
      handleEvent(event->wd, event->mask);
      at += static_cast<ssize_t>(sizeof *event + event->len);
    }
  }
}

void PresenceWatch::handleEvent(int watch, unsigned mask) {
  // Too many at once: what was lost is found by looking, an opening is assumed.
  const bool overflow = (mask & IN_Q_OVERFLOW) != 0;
  for (auto& [id, ring] : rings_) {
    if (ring.watch != watch && !overflow) continue;
    ring.look = true;
    if (overflow || (mask & IN_OPEN)) ring.opened = true;
    if (overflow || (mask & IN_CLOSE_NOWRITE))
      nextSweepUs_ = std::min(nextSweepUs_, g_get_monotonic_time() + kSettleUs);
  }
}

/// Keeps to the file that has the name now.
void PresenceWatch::follow(Ring& ring) {
  struct stat now {};
  const bool there = stat(ring.path.c_str(), &now) == 0;
  if (ring.file && there && now.st_ino == ring.identity.st_ino && now.st_dev == ring.identity.st_dev) return;
  // The old watch goes before the old file is closed, the new one comes after the new file is open: neither
  // is somebody's opening.
  unwatch(ring);
  if (ring.file) ring.former = std::move(ring.file);
  ring.file = UniqueFd(there ? open(ring.path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW) : -1);
  if (!ring.file || fstat(ring.file.get(), &ring.identity) != 0) return;
  if (!inotify_) return;
  // By the descriptor: the name may belong to yet another file by now.
  const std::string self = "/proc/self/fd/" + std::to_string(ring.file.get());
  ring.watch = inotify_add_watch(inotify_.get(), self.c_str(), kEvents);
}

void PresenceWatch::unwatch(Ring& ring) {
  if (ring.watch >= 0) inotify_rm_watch(inotify_.get(), std::exchange(ring.watch, -1));
}

unsigned PresenceWatch::countReaders(Ring& ring) {
  unsigned readers = ring.former ? countPresenceLocks(ring.former.get()) : 0;
  if (readers == 0) ring.former = UniqueFd();
  if (ring.file) readers += countPresenceLocks(ring.file.get());
  return readers;
}

void PresenceWatch::report(Ring& ring) {
  if (!std::exchange(ring.look, false)) return;
  const unsigned readers = countReaders(ring);
  const bool opened = std::exchange(ring.opened, false);
  const bool changed = readers != std::exchange(ring.readers, readers);
  if (changed || opened) ring.callback(readers, opened);
}

void PresenceWatch::wakeAt(gint64 timeUs) {
  g_source_set_ready_time(&source_->parent, timeUs);
}

}  // namespace teecam
