// What a reader can do wrong, or does on purpose, while others read and the camera's core writes.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "core/ring_reader.h"
#include "core/unique_fd.h"
#include "core_fixture.h"
#include "gst_fixture.h"

using namespace teecam;
using namespace teecam::test;
using teecam::test::eventually;

namespace {

struct flock lockOf(short type, off_t first, off_t length) {
  struct flock lock {};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  lock.l_start = first;
  lock.l_len = length;
  return lock;
}

bool takeLock(int fd, int how, short type, off_t first, off_t length) {
  struct flock lock = lockOf(type, first, length);
  return fcntl(fd, how, &lock) == 0;
}

/// A forked child of a program with threads: nothing but system calls. Made before the core starts: it would
/// inherit the writer's mapping, and with it the writer's lock.
class Hostile {
 public:
  /// `deed` gets the ring, opened for reading; what it returns false for is a fault of the ring.
  template <typename Deed>
  Hostile(const std::string& path, Deed deed) {
    int ready[2], go[2];
    REQUIRE(pipe2(ready, O_CLOEXEC) == 0);
    REQUIRE(pipe2(go, O_CLOEXEC) == 0);
    pid_ = fork();
    if (pid_ == 0) {
      for (const int crash : {SIGSEGV, SIGBUS})
        signal(crash, SIG_DFL);  // who watches for them would report it
      char byte;
      if (read(go[0], &byte, 1) != 1) _exit(1);
      const int ring = open(path.c_str(), O_RDONLY | O_CLOEXEC);
      const bool done = ring >= 0 && deed(ring);
      if (write(ready[1], done ? "+" : "-", 1) != 1) _exit(1);
      for (;;) pause();
    }
    close(ready[1]);
    close(go[0]);
    ready_ = UniqueFd(ready[0]);
    go_ = UniqueFd(go[1]);
  }
  ~Hostile() { end(SIGKILL); }
  Hostile(const Hostile&) = delete;
  Hostile& operator=(const Hostile&) = delete;

  /// Returns when it is done.
  void act() const {
    char answer = 0;
    REQUIRE(write(go_.get(), "!", 1) == 1);
    REQUIRE(read(ready_.get(), &answer, 1) == 1);
    CHECK(answer == '+');
  }
  void stop() const { kill(pid_, SIGSTOP); }
  void end(int signal) {
    if (pid_ < 0) return;
    kill(pid_, signal);
    waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }

 private:
  pid_t pid_;
  UniqueFd ready_, go_;
};

bool present(int ring) {
  char byte;
  return takeLock(ring, F_OFD_SETLK, F_RDLCK, 5, 1) && pread(ring, &byte, 1, 0) == 1;
}

/// A live camera, a ring and an honest reader of it.
struct Scene {
  explicit Scene(const StageFixture& of) : stage(of) {
    REQUIRE(core.send({{"type", "start"}, {"plan", stage.plan()}})["ok"] == true);
    REQUIRE(core.send({{"type", "switch-source"}, {"source", testSource()}})["ok"] == true);
    core.waitForState("live");
    honest = RingReader::open(path());
    readOn();
  }

  const std::string& path() const { return stage.high(); }
  int readers() { return core.nextStats()["streams"]["high"]["readers"].get<int>(); }
  bool hasReaders(int count) {
    return eventually([&] { return readers() == count; });
  }

  /// A second of frames, in a ring that holds two, and not one of them missed.
  void readOn() {
    const auto deadline = std::chrono::steady_clock::now() + 10s;
    int frames = 0;
    honest->take(RingMode::latest);  // what was missed before does not count
    while (frames < 30 && std::chrono::steady_clock::now() < deadline) {
      const auto frame = honest->take(RingMode::next);
      if (!frame) {
        honest->waitFor(100ms);
        continue;
      }
      CHECK(frame->missed == 0);
      frames++;
    }
    CHECK(frames == 30);
  }

  const StageFixture& stage;
  CoreFixture core;
  std::unique_ptr<RingReader> honest;
};

}  // namespace

TEST_CASE("a reader that is stopped with its lock holds up nobody, and counts until it is gone") {
  const StageFixture stage;
  Hostile stopped(stage.high(), present);
  Scene scene(stage);
  stopped.act();
  stopped.stop();
  CHECK(scene.hasReaders(2));
  scene.readOn();
  scene.readOn();
  stopped.end(SIGKILL);
  CHECK(scene.hasReaders(1));
  scene.readOn();
}

TEST_CASE("readers that crash while they read leave nothing behind") {
  const auto mapped = [](int ring) {
    return present(ring) && mmap(nullptr, 4096, PROT_READ, MAP_SHARED, ring, 0) != MAP_FAILED;
  };
  const StageFixture stage;
  Hostile segmentation(stage.high(), mapped), killed(stage.high(), mapped), bus(stage.high(), mapped);
  Scene scene(stage);
  const auto crash = [&](Hostile& reader, int signal) {
    CAPTURE(signal);
    reader.act();
    CHECK(scene.hasReaders(2));
    reader.end(signal);
    CHECK(scene.hasReaders(1));
  };
  crash(segmentation, SIGSEGV);
  crash(killed, SIGKILL);
  crash(bus, SIGBUS);
  scene.readOn();
}

TEST_CASE("a reader with every lock there is keeps nobody out") {
  const StageFixture stage;
  Hostile greedy(stage.high(), [](int ring) {
    const bool refused = !takeLock(ring, F_OFD_SETLK, F_WRLCK, 1, 1) &&
                         !takeLock(ring, F_SETLK, F_WRLCK, 1, 1) &&
                         !takeLock(ring, F_OFD_SETLK, F_RDLCK, TEECAM_RING_LOCK_WRITER, 1) &&
                         !takeLock(ring, F_OFD_SETLK, F_RDLCK, TEECAM_RING_LOCK_OWNER, 1);
    bool taken = flock(ring, LOCK_EX) == 0;
    for (const int how : {F_OFD_SETLK, F_SETLK})
      taken = taken && takeLock(ring, how, F_RDLCK, 1, 1023) && takeLock(ring, how, F_RDLCK, 1025, 0);
    return refused && taken;
  });
  Hostile greedier(stage.high(), [](int ring) {
    return takeLock(ring, F_OFD_SETLK, F_RDLCK, TEECAM_RING_LOCK_WRITER, 1) &&
           takeLock(ring, F_SETLK, F_RDLCK, TEECAM_RING_LOCK_WRITER, 1);
  });
  Scene scene(stage);
  greedy.act();
  scene.readOn();
  {
    const auto another = RingReader::open(scene.path());
    CHECK(another->waitFor(5s) == RingWait::news);
  }
  CHECK(scene.core.send({{"type", "stop"}})["ok"] == true);
  scene.core.waitForEnding();
  // The camera's next worker finds even the writer's byte taken.
  greedier.act();
  CoreFixture next;
  const Json started = next.send({{"type", "start"}, {"plan", scene.stage.plan()}});
  REQUIRE_MESSAGE(started["ok"] == true, started.dump());
  REQUIRE(next.send({{"type", "switch-source"}, {"source", testSource()}})["ok"] == true);
  scene.readOn();
  greedy.end(SIGKILL);
  CHECK(eventually([&] { return next.nextStats()["streams"]["high"]["readers"] == 1; }));
}

TEST_CASE("a reader on every second byte counts as many, and costs nothing else") {
  const StageFixture stage;
  Hostile crowd(stage.high(), [](int ring) {
    for (off_t byte = 1; byte <= 1023; byte += 2)
      if (!takeLock(ring, F_OFD_SETLK, F_RDLCK, byte, 1)) return false;
    char byte;
    return pread(ring, &byte, 1, 0) == 1;
  });
  Scene scene(stage);
  crowd.act();
  CHECK(eventually([&] { return scene.readers() >= 512; }));
  scene.readOn();
  crowd.end(SIGKILL);
  CHECK(scene.hasReaders(1));
}

TEST_CASE("what is open for reading cannot be written, cut or mapped for writing") {
  const StageFixture stage;
  Hostile writer(stage.high(), [](int ring) {
    return write(ring, "!", 1) < 0 && errno == EBADF && ftruncate(ring, 0) < 0 && errno == EINVAL &&
           mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, ring, 0) == MAP_FAILED &&
           errno == EACCES && fallocate(ring, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4096) < 0 &&
           errno == EBADF;
  });
  Scene scene(stage);
  writer.act();
  scene.readOn();
}

TEST_CASE("another user of the ring's group reads, and can change nothing" * doctest::skip(geteuid() != 0)) {
  constexpr uid_t nobody = 65534;
  constexpr gid_t group = 4242;
  const StageFixture stage;
  const char* path = stage.high().c_str();
  REQUIRE(chown(path, static_cast<uid_t>(-1), group) == 0);
  Hostile stranger(stage.high(), [path](int) {
    const gid_t groups[] = {group};
    if (setgroups(1, groups) != 0 || setgid(nobody) != 0 || setuid(nobody) != 0) return false;
    const int ring = open(path, O_RDONLY | O_CLOEXEC);
    return ring >= 0 && present(ring) && open(path, O_RDWR | O_CLOEXEC) < 0 && truncate(path, 0) < 0 &&
           unlink(path) < 0 && chmod(path, 0666) < 0 && fchmod(ring, 0666) < 0;
  });
  Hostile outsider(stage.high(), [path](int) {
    if (setgroups(0, nullptr) != 0 || setgid(nobody) != 0 || setuid(nobody) != 0) return false;
    return open(path, O_RDONLY | O_CLOEXEC) < 0 && errno == EACCES;
  });
  Scene scene(stage);
  stranger.act();
  CHECK(scene.hasReaders(2));
  scene.readOn();
  outsider.act();
}
