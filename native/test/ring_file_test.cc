#include "core/ring_file.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "core/ring_locks.h"
#include "ring_fixture.h"

using namespace teecam;
using namespace teecam::test;
using Origin = RingFile::Origin;

namespace {

ino_t inodeOf(const std::string& path) {
  struct stat status {};
  return stat(path.c_str(), &status) == 0 ? status.st_ino : 0;
}

std::string codeOf(const auto& action) {
  try {
    action();
    return "nothing thrown";
  } catch (const RingError& error) {
    return error.code();
  }
}

/// Makes the ring in a child that is killed without a chance to tidy up. `writer` runs before that.
template <typename Before>
void makeAndGetKilled(const RingName& name, const RingGeometry& geometry, Before before) {
  const pid_t child = fork();
  if (child == 0) {
    const auto file = RingFile::make(name.path(), name.options(geometry));
    before();
    kill(getpid(), SIGKILL);
  }
  int status = 0;
  waitpid(child, &status, 0);
  REQUIRE(WIFSIGNALED(status));
  REQUIRE(WTERMSIG(status) == SIGKILL);
}

struct flock readLockOn(int byte) {
  struct flock lock {};
  lock.l_type = F_RDLCK;
  lock.l_start = byte;
  lock.l_len = 1;
  return lock;
}

}  // namespace

TEST_CASE("a ring file is made at its full size, with its mode, and removed at the end") {
  const RingName name;
  auto options = name.options(encodedGeometry());
  options.mode = 0600;
  auto file = RingFile::make(name.path(), options);
  CHECK(file->origin() == Origin::created);
  struct stat status {};
  REQUIRE(stat(name.path().c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);
  CHECK(status.st_size == 4096 + 4096 + 16384);
  CHECK(status.st_blocks * 512 >= status.st_size);
  file->close();
  file->close();
  CHECK(inodeOf(name.path()) == 0);
}

TEST_CASE("names may fill their fields") {
  const RingName name;
  auto options = name.options(encodedGeometry());
  options.instance = std::string(32, 'i');
  options.camera = std::string(32, 'c');
  options.stream = std::string(32, 's');
  const auto file = RingFile::make(name.path(), options);
  CHECK(codeOf([&] { RingFile::make(name.path(), options); }) == "owned");
  options.camera += 'c';
  file->close();
  CHECK(codeOf([&] { RingFile::make(name.path(), options); }) == "failed");
}

TEST_CASE("a file system that cannot be written to is a matter of rights") {
  CHECK(RingError::fromErrno(EROFS, "making a ring").code() == "no-permission");
}

TEST_CASE("two rings of one name are refused while the first lives") {
  const RingName name;
  const auto file = RingFile::make(name.path(), name.options(encodedGeometry()));
  CHECK(codeOf([&] { RingFile::make(name.path(), name.options(encodedGeometry())); }) == "owned");
  CHECK(codeOf([&] { RingFile::make(name.path(), name.options(encodedGeometry(32768))); }) == "owned");
}

TEST_CASE("a left-over ring of the same geometry is taken over with its frames") {
  const RingName name;
  makeAndGetKilled(name, encodedGeometry(), [&] {
    const auto writer = RingWriter::open(name.path());
    publishText(*writer, "one");
    publishText(*writer, "two");
  });
  const ino_t before = inodeOf(name.path());
  const auto file = RingFile::make(name.path(), name.options(encodedGeometry()));
  CHECK(file->origin() == Origin::takenOver);
  CHECK(inodeOf(name.path()) == before);
  const auto writer = RingWriter::open(name.path());
  CHECK(writer->header().generation == 2);
  CHECK(publishText(*writer, "three") == 3);
}

TEST_CASE("a left-over ring of another geometry is replaced, marked, and its numbers go on") {
  const RingName name;
  makeAndGetKilled(name, encodedGeometry(), [&] {
    const auto writer = RingWriter::open(name.path());
    for (int i = 0; i < 7; i++) publishText(*writer, "frame");
  });
  UniqueFd old(open(name.path().c_str(), O_RDONLY | O_CLOEXEC));
  const RingMapping oldMapping(old.get(), RingMapping::Access::read, "old");
  const auto file = RingFile::make(name.path(), name.options(encodedGeometry(32768)));
  CHECK(file->origin() == Origin::replaced);
  CHECK(oldMapping.header().state == TEECAM_RING_REPLACED);
  const auto writer = RingWriter::open(name.path());
  CHECK(publishText(*writer, "frame") == 8);
}

TEST_CASE("a file that is no ring is replaced") {
  const RingName name;
  const int fd = open(name.path().c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  REQUIRE(write(fd, "nonsense", 8) == 8);
  close(fd);
  CHECK(RingFile::make(name.path(), name.options(rawGeometry()))->origin() == Origin::replaced);
}

TEST_CASE("a hostile read lock on the owner's byte only costs the take-over") {
  const RingName name;
  makeAndGetKilled(name, encodedGeometry(), [] {});
  UniqueFd hostile(open(name.path().c_str(), O_RDONLY | O_CLOEXEC));
  struct flock lock = readLockOn(TEECAM_RING_LOCK_OWNER);
  REQUIRE(fcntl(hostile.get(), F_OFD_SETLK, &lock) == 0);
  CHECK(RingFile::make(name.path(), name.options(encodedGeometry()))->origin() == Origin::replaced);
}

TEST_CASE("a hostile read lock on the writer's byte does not keep the writer out, another writer does") {
  const RingName name;
  const auto file = RingFile::make(name.path(), name.options(encodedGeometry()));
  UniqueFd hostile(open(name.path().c_str(), O_RDONLY | O_CLOEXEC));
  struct flock lock = readLockOn(TEECAM_RING_LOCK_WRITER);
  REQUIRE(fcntl(hostile.get(), F_OFD_SETLK, &lock) == 0);
  CHECK(publishText(*RingWriter::open(name.path()), "through") == 1);
  hostile = UniqueFd();
  const auto writer = RingWriter::open(name.path());
  CHECK(codeOf([&] { RingWriter::open(name.path()); }) == "busy");
}

TEST_CASE("a name that was removed or taken is published again, and the writer moves over") {
  const RingName name;
  const auto file = RingFile::make(name.path(), name.options(rawGeometry()));
  const auto writer = RingWriter::open(name.path());
  writer->setState(TEECAM_RING_LIVE, "");
  publishRaw(*writer, std::byte{1});
  const auto taken = writer->takeSlot();
  CHECK_FALSE(file->republish());
  REQUIRE(unlink(name.path().c_str()) == 0);
  CHECK(file->republish());

  CHECK(publishRaw(*writer, std::byte{2}) == 2);
  UniqueFd fd(open(name.path().c_str(), O_RDONLY | O_CLOEXEC));
  const RingMapping now(fd.get(), RingMapping::Access::read, "now");
  CHECK(now.header().head == 2);
  CHECK(now.header().state == TEECAM_RING_LIVE);
  CHECK(*now.at(now.descriptor(2).offset) == std::byte{2});
  CHECK((now.descriptor(2).flags & TEECAM_FRAME_DISCONTINUITY) != 0);
  // Half of this one may lie in the lost file.
  CHECK(writer->publishSlot(taken->index, 10, {}) == 3);
  CHECK((now.descriptor(3).flags & TEECAM_FRAME_CORRUPT) != 0);
}

TEST_CASE("a file that was replaced gets no frame any more") {
  for (const bool raw : {true, false}) {
    CAPTURE(raw);
    const RingName name;
    const RingGeometry first = raw ? rawGeometry() : encodedGeometry();
    makeAndGetKilled(name, first, [] {});
    const auto writer = RingWriter::open(name.path());  // of the killed run, not ended yet
    CHECK((raw ? publishRaw(*writer, std::byte{1}) : publishText(*writer, "1")) == 1);
    const auto taken = raw ? writer->takeSlot() : std::nullopt;
    const auto file =
        RingFile::make(name.path(), name.options(raw ? rawGeometry(6) : encodedGeometry(32768)));
    if (raw) CHECK_FALSE(writer->publishSlot(taken->index, 10, {}).has_value());
    if (!raw) CHECK_FALSE(publishText(*writer, "2").has_value());
    const auto next = RingWriter::open(name.path());
    CHECK((raw ? publishRaw(*next, std::byte{2}) : publishText(*next, "2")) == 2);
  }
}

TEST_CASE("a writer finds its ring again when the name was gone for a moment") {
  const RingName name;
  const auto file = RingFile::make(name.path(), name.options(encodedGeometry()));
  const auto writer = RingWriter::open(name.path());
  for (int i = 0; i < 2; i++) {
    REQUIRE(unlink(name.path().c_str()) == 0);
    REQUIRE(file->republish());
    if (i == 0) REQUIRE(unlink(name.path().c_str()) == 0);
    CHECK(publishText(*writer, "frame").has_value() == (i == 1));
    if (i == 0) CHECK(file->republish());
  }
}

TEST_CASE("presence locks are counted, and go with their holders") {
  const RingName name;
  const auto file = RingFile::make(name.path(), name.options(encodedGeometry()));
  CHECK(file->readers() == 0);
  UniqueFd reader(open(name.path().c_str(), O_RDONLY | O_CLOEXEC));
  for (const int byte : {1, 7, 1023}) {
    struct flock lock = readLockOn(byte);
    REQUIRE(fcntl(reader.get(), F_OFD_SETLK, &lock) == 0);
  }
  CHECK(file->readers() == 3);
  reader = UniqueFd();
  CHECK(file->readers() == 0);

  int ready[2];
  REQUIRE(pipe2(ready, O_CLOEXEC) == 0);
  const pid_t child = fork();
  if (child == 0) {
    UniqueFd own(open(name.path().c_str(), O_RDONLY | O_CLOEXEC));
    takePresenceLock(own.get());
    if (write(ready[1], "!", 1) != 1) _exit(1);
    for (;;) pause();
  }
  char byte;
  REQUIRE(read(ready[0], &byte, 1) == 1);
  CHECK(file->readers() == 1);
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  CHECK(file->readers() == 0);
  close(ready[0]);
  close(ready[1]);
}

TEST_CASE("no room is an error with numbers, and leaves nothing behind") {
  const RingName name;
  struct rlimit before {};
  getrlimit(RLIMIT_FSIZE, &before);
  signal(SIGXFSZ, SIG_IGN);
  const struct rlimit small { 8192, before.rlim_max };
  setrlimit(RLIMIT_FSIZE, &small);
  std::string code;
  RingError::Details details;
  try {
    RingFile::make(name.path(), name.options(encodedGeometry()));
  } catch (const RingError& error) {
    code = error.code();
    details = error.details();
  }
  setrlimit(RLIMIT_FSIZE, &before);
  signal(SIGXFSZ, SIG_DFL);
  CHECK(code == "no-space");
  CHECK(details["neededBytes"] == encodedGeometry().fileSize());
  CHECK(details["freeBytes"] > 0);
  CHECK(inodeOf(name.path()) == 0);
}

TEST_CASE("the owner knows when the newest frame was captured") {
  const RingName name;
  const auto file = RingFile::make(name.path(), name.options(rawGeometry()));
  const auto writer = RingWriter::open(name.path());
  CHECK_FALSE(file->newestCaptureNs().has_value());
  FrameMeta meta;
  meta.captureNs = 1234;
  writer->publishSlot(writer->takeSlot()->index, 10, meta);
  CHECK(file->newestCaptureNs() == 1234);
}

TEST_CASE("an impossible geometry is refused") {
  const RingName name;
  for (const RingGeometry bad : {RingGeometry{3, 0, 0, 4096}, RingGeometry{16, 0, 0, 100},
                                 RingGeometry{16, 4, 4096, 4096}, RingGeometry{2, 4, 4096, 16384}})
    CHECK(codeOf([&] { RingFile::make(name.path(), name.options(bad)); }) == "failed");
}
