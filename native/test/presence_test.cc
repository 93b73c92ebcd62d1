#include "core/presence.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <optional>
#include <stdexcept>
#include <vector>

#include "core/ring_locks.h"
#include "ring_fixture.h"

using namespace teecam;
using namespace teecam::test;

namespace {

using Clock = std::chrono::steady_clock;

struct Told {
  std::size_t ring;
  unsigned readers;
  bool opened;
};

struct Watched {
  Watched() : context(g_main_context_new()), watch(context) {}
  std::size_t add(const std::string& path) {
    const std::size_t ring = rings++;
    ids.push_back(watch.add(path, [this, ring](unsigned readers, bool opened) {
      told.push_back({ring, readers, opened});
      if (fail) throw std::runtime_error("a callback that throws");
    }));
    return ring;
  }
  ~Watched() { g_main_context_unref(context); }

  /// Runs the context until something is told that `wanted` likes; how long it took, in milliseconds.
  template <typename Wanted>
  std::optional<long> until(Wanted wanted) {
    const auto start = Clock::now();
    GSource* limit = g_timeout_source_new(5000);
    g_source_set_callback(
        limit, [](gpointer) -> gboolean { return G_SOURCE_REMOVE; }, nullptr, nullptr);
    g_source_attach(limit, context);
    std::optional<long> took;
    while (!took && !g_source_is_destroyed(limit)) {
      for (const Told& one : told)
        if (wanted(one))
          took = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start).count();
      if (!took) g_main_context_iteration(context, TRUE);
    }
    g_source_destroy(limit);
    g_source_unref(limit);
    told.clear();
    return took;
  }
  std::optional<long> untilReaders(unsigned count, std::size_t ring = 0) {
    return until([=](const Told& one) { return one.ring == ring && one.readers == count; });
  }
  /// Lets the first sweep go by, so that what follows is inotify's doing.
  void settle(const std::string& path) {
    const UniqueFd knock(open(path.c_str(), O_RDONLY | O_CLOEXEC));
    REQUIRE(until([](const Told& one) { return one.opened; }));
  }

  GMainContext* context;
  std::vector<Told> told;
  bool fail = false;
  std::size_t rings = 0;
  std::vector<PresenceWatch::Id> ids;
  PresenceWatch watch;
};

/// As docs/ring.md tells a reader to begin.
UniqueFd readerOf(const std::string& path) {
  UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  takePresenceLock(fd.get());
  char header[64];
  REQUIRE(pread(fd.get(), header, sizeof header, 0) == sizeof header);
  return fd;
}

}  // namespace

TEST_CASE("readers come and go, and are noticed at once") {
  const RingName name;
  const auto file = RingFile::make(name.path(), name.options(encodedGeometry()));
  Watched watched;
  watched.add(name.path());
  watched.settle(name.path());

  std::optional<UniqueFd> first = readerOf(name.path());
  const auto open = watched.untilReaders(1);
  REQUIRE(open);
  CHECK(*open < 400);
  const UniqueFd second = readerOf(name.path());
  REQUIRE(watched.untilReaders(2));
  first.reset();
  const auto closed = watched.untilReaders(1);
  REQUIRE(closed);
  CHECK(*closed < 400);
}

TEST_CASE("a knock is an opening without a reader") {
  const RingName name;
  const auto file = RingFile::make(name.path(), name.options(encodedGeometry()));
  Watched watched;
  watched.add(name.path());
  watched.settle(name.path());
  { const UniqueFd knock(open(name.path().c_str(), O_RDONLY | O_CLOEXEC)); }
  const auto took = watched.until([](const Told& one) { return one.opened && one.readers == 0; });
  REQUIRE(took);
  CHECK(*took < 400);
}

TEST_CASE("a reader that is killed is gone at once") {
  const RingName name;
  const auto file = RingFile::make(name.path(), name.options(encodedGeometry()));
  Watched watched;
  watched.add(name.path());
  watched.settle(name.path());
  const pid_t child = fork();
  if (child == 0) {
    // Only what is allowed between fork and exec in a process with threads.
    const int fd = open(name.path().c_str(), O_RDONLY | O_CLOEXEC);
    struct flock lock {};
    lock.l_type = F_RDLCK;
    lock.l_start = 7;
    lock.l_len = 1;
    char byte;
    if (fcntl(fd, F_OFD_SETLK, &lock) != 0 || pread(fd, &byte, 1, 0) != 1) _exit(1);
    for (;;) pause();
  }
  REQUIRE(child > 0);
  CHECK(watched.untilReaders(1));
  kill(child, SIGKILL);
  const auto took = watched.untilReaders(0);
  waitpid(child, nullptr, 0);
  REQUIRE(took);
  CHECK(*took < 400);
}

TEST_CASE("readers that were there before are told") {
  const RingName name;
  const auto file = RingFile::make(name.path(), name.options(encodedGeometry()));
  const UniqueFd reader = readerOf(name.path());
  Watched watched;
  watched.add(name.path());
  CHECK(watched.untilReaders(1));
}

TEST_CASE("a reader that never reads the file is found by the sweep") {
  const RingName name;
  const auto file = RingFile::make(name.path(), name.options(encodedGeometry()));
  const UniqueFd fd(open(name.path().c_str(), O_RDONLY | O_CLOEXEC));
  Watched watched;
  watched.add(name.path());
  watched.settle(name.path());
  takePresenceLock(fd.get());
  const auto took = watched.untilReaders(1);
  REQUIRE(took);
  CHECK(*took < 3000);
}

TEST_CASE("rings are told apart, and a new file under the name is followed") {
  const RingName one, two;
  auto first = RingFile::make(one.path(), one.options(encodedGeometry()));
  Watched watched;
  watched.add(one.path());
  CHECK(watched.add(two.path()) == 1);  // not there yet
  watched.settle(one.path());
  const auto second = RingFile::make(two.path(), two.options(encodedGeometry()));
  const UniqueFd readerOfTwo = readerOf(two.path());
  CHECK(watched.untilReaders(1, 1));

  unlink(one.path().c_str());
  REQUIRE(first->republish());
  const UniqueFd readerOfOne = readerOf(one.path());
  CHECK(watched.untilReaders(1, 0));
}

TEST_CASE("a callback that throws ends nothing") {
  const RingName name;
  const auto file = RingFile::make(name.path(), name.options(encodedGeometry()));
  Watched watched;
  watched.add(name.path());
  watched.fail = true;
  const guint quiet = g_log_set_handler(
      nullptr, G_LOG_LEVEL_WARNING, [](const gchar*, GLogLevelFlags, const gchar*, gpointer) {}, nullptr);
  const UniqueFd reader = readerOf(name.path());
  CHECK(watched.untilReaders(1));
  const UniqueFd another = readerOf(name.path());
  CHECK(watched.untilReaders(2));
  g_log_remove_handler(nullptr, quiet);
}
