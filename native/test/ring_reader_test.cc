#include "core/ring_reader.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <thread>
#include <vector>

#include "core/ring_locks.h"
#include "ring_fixture.h"

using namespace teecam;
using namespace teecam::test;
using namespace std::chrono_literals;

namespace {

std::string text(const std::optional<RingFrame>& frame) {
  if (!frame) return "nothing";
  return {reinterpret_cast<const char*>(frame->data.data()), frame->data.size()};
}

/// A ring with its writer and a reader that began before the first frame.
struct Rig {
  explicit Rig(const RingGeometry& geometry = encodedGeometry())
      : file(RingFile::make(name.path(), name.options(geometry))),
        writer(RingWriter::open(name.path())),
        reader(RingReader::open(name.path())) {}
  void publish(int count, std::uint32_t flags = 0) {
    for (int i = 0; i < count; i++)
      publishText(*writer, std::string(1, 'f').append(std::to_string(++published)), flags);
  }
  RingName name;
  std::unique_ptr<RingFile> file;
  std::unique_ptr<RingWriter> writer;
  std::unique_ptr<RingReader> reader;
  int published = 0;
};

void patch(const RingName& name, std::size_t offset, const auto& value) {
  UniqueFd fd(open(name.path().c_str(), O_RDWR | O_CLOEXEC));
  REQUIRE(pwrite(fd.get(), &value, sizeof value, static_cast<off_t>(offset)) == sizeof value);
}

}  // namespace

TEST_CASE("next reads frame by frame, latest and key skip, and what was skipped adds up") {
  Rig rig;
  CHECK(text(rig.reader->take(RingMode::next)) == "nothing");
  rig.publish(3);
  auto frame = rig.reader->take(RingMode::next);
  CHECK(text(frame) == "f1");
  CHECK(frame->missed == 0);
  CHECK(frame->valid());
  frame = rig.reader->take(RingMode::latest);
  CHECK(text(frame) == "f3");
  CHECK(frame->missed == 1);
  rig.publish(1, TEECAM_FRAME_KEY);
  rig.publish(2);
  frame = rig.reader->take(RingMode::key);
  CHECK(text(frame) == "f4");
  CHECK(frame->missed == 0);
  CHECK(text(rig.reader->take(RingMode::next)) == "f5");
  // No key frame among the unread: all of them are passed over.
  rig.publish(1);
  CHECK(text(rig.reader->take(RingMode::key)) == "nothing");
  CHECK(rig.reader->waitFor(0ns) == RingWait::timeout);
  rig.publish(1, TEECAM_FRAME_KEY);
  CHECK(rig.reader->take(RingMode::key)->missed == 2);
}

TEST_CASE("every frame is either read or missed, whatever the reader does") {
  Rig rig;
  rig.publish(1);
  std::uint64_t read = 0, missed = 0, last = 0;
  for (int round = 0; round < 40; round++) {
    rig.publish(round * 7 % 30);
    const RingMode mode = std::array{RingMode::next, RingMode::latest, RingMode::key}[round % 3u];
    for (int i = round % 5; i > 0; i--) {
      const auto frame = rig.reader->take(mode);
      if (!frame) break;
      read++;
      missed += frame->missed;
      last = frame->info.sequence;
    }
  }
  rig.publish(1);
  const auto frame = rig.reader->take(RingMode::latest);
  CHECK(read + missed + frame->missed + 1 == frame->info.sequence);
  CHECK(last < frame->info.sequence);
}

TEST_CASE("a reader that joins reads the history first, and has missed nothing") {
  Rig rig;
  rig.publish(40);
  const auto late = RingReader::open(rig.name.path());
  const auto frame = late->take(RingMode::next);
  REQUIRE(frame);
  CHECK(frame->info.sequence == 25);
  CHECK(frame->missed == 0);
}

TEST_CASE("a copy that does not fit reads nothing") {
  Rig rig;
  rig.publish(1);
  std::array<std::byte, 16> memory{};
  const auto small =
      rig.reader->copy(RingMode::next, [&](std::size_t) { return std::span(memory).first(1); });
  CHECK(small.result == RingRead::tooSmall);
  CHECK(small.info.size == 2);
  const auto room = [&](std::size_t) { return std::span<std::byte>(memory); };
  CHECK(rig.reader->copy(RingMode::next, room).result == RingRead::frame);
  CHECK(memory[1] == std::byte{'1'});
  CHECK(rig.reader->copy(RingMode::next, room).result == RingRead::none);
}

TEST_CASE("a frame used in place tells when its memory was taken") {
  Rig rig(rawGeometry(2));
  publishRaw(*rig.writer, std::byte{1});
  const auto frame = rig.reader->take(RingMode::next);
  REQUIRE(frame);
  publishRaw(*rig.writer, std::byte{2});
  CHECK(frame->valid());
  REQUIRE(rig.writer->takeSlot());
  CHECK_FALSE(frame->valid());
}

TEST_CASE("waiting ends with a frame, a change of state, the end, and an interruption") {
  Rig rig;
  CHECK(rig.reader->waitFor(1ms) == RingWait::timeout);
  std::thread other([&] { rig.publish(1); });
  CHECK(rig.reader->waitFor(5s) == RingWait::news);
  other.join();
  rig.reader->take(RingMode::next);
  rig.writer->setState(TEECAM_RING_SLATE, "gone");
  CHECK(rig.reader->waitFor(5s) == RingWait::news);
  CHECK(std::string(rig.reader->status().header.reason) == "gone");
  CHECK(rig.reader->waitFor(1ms) == RingWait::timeout);

  const auto begin = std::chrono::steady_clock::now();
  std::thread waiter([&] { CHECK(rig.reader->waitFor(5s) == RingWait::interrupted); });
  rig.reader->interrupt();
  waiter.join();
  CHECK(std::chrono::steady_clock::now() - begin < 400ms);
}

TEST_CASE("the last frames can be read after the end") {
  Rig rig;
  rig.publish(1);
  rig.file->close();
  CHECK(rig.reader->waitFor(1s) == RingWait::news);
  CHECK_FALSE(rig.reader->ended());
  CHECK(text(rig.reader->take(RingMode::next)) == "f1");
  CHECK(rig.reader->waitFor(1s) == RingWait::ended);
  CHECK(rig.reader->ended());
  CHECK(rig.reader->copy(RingMode::next, [](std::size_t) { return std::span<std::byte>(); }).result ==
        RingRead::closed);
}

TEST_CASE("a reader moves over to the file that has the name") {
  Rig rig;
  rig.publish(2);
  CHECK(text(rig.reader->take(RingMode::latest)) == "f2");
  SUBCASE("told by the old one") {
    REQUIRE(unlink(rig.name.path().c_str()) == 0);
    REQUIRE(rig.file->republish());
  }
  SUBCASE("of another file that nobody told of") {
    REQUIRE(unlink(rig.name.path().c_str()) == 0);
    rig.writer.reset();
    const auto other = RingFile::make(rig.name.path(), rig.name.options(encodedGeometry(8192)));
    CHECK(rig.reader->waitFor(5s) == RingWait::news);
    CHECK(rig.reader->status().reopened == 1);
    CHECK(other->readers() == 1);
    return;
  }
  rig.publish(1);
  CHECK(rig.reader->waitFor(5s) == RingWait::news);
  const auto frame = rig.reader->take(RingMode::next);
  CHECK(text(frame) == "f3");
  CHECK(frame->missed == 0);
  CHECK(rig.reader->status().reopened == 1);
  CHECK(rig.file->readers() == 1);
}

TEST_CASE("a file that was followed may lie behind what was read, and nothing is missed") {
  Rig rig;
  rig.publish(2);
  CHECK(text(rig.reader->take(RingMode::latest)) == "f2");
  REQUIRE(unlink(rig.name.path().c_str()) == 0);
  REQUIRE(rig.file->republish());
  patch(rig.name, 256, std::uint32_t{1});  // as if frame 2 had come between the copy of the head and the name
  CHECK(rig.reader->waitFor(5s) == RingWait::news);
  CHECK(rig.reader->status().reopened == 1);
  CHECK(text(rig.reader->take(RingMode::next)) == "nothing");
  rig.publish(1);
  const auto frame = rig.reader->take(RingMode::next);
  CHECK(text(frame) == "f3");
  CHECK(frame->missed == 0);
}

TEST_CASE("a file whose numbers begin anew is read from its beginning") {
  Rig rig;
  rig.publish(40);
  CHECK(text(rig.reader->take(RingMode::latest)) == "f40");
  rig.writer.reset();
  REQUIRE(unlink(rig.name.path().c_str()) == 0);
  const auto lost = std::move(rig.file);  // its owner knows nothing of this
  rig.file = RingFile::make(rig.name.path(), rig.name.options(encodedGeometry()));
  rig.writer = RingWriter::open(rig.name.path());
  publishText(*rig.writer, "one");
  publishText(*rig.writer, "two");
  CHECK(rig.reader->waitFor(5s) == RingWait::news);
  const auto frame = rig.reader->take(RingMode::next);
  CHECK(text(frame) == "one");
  CHECK(frame->missed == 0);
  CHECK(text(rig.reader->take(RingMode::next)) == "two");
}

TEST_CASE("knocking opens the file without staying") {
  Rig rig;
  rig.reader->knock();
  CHECK(rig.file->readers() == 1);
}

TEST_CASE("what is no ring is refused in words") {
  const RingName name;
  CHECK_THROWS_AS(RingReader::open(name.path()), RingError);
  const auto file = RingFile::make(name.path(), name.options(encodedGeometry()));
  const struct {
    std::size_t offset;
    std::uint32_t value;
  } faults[] = {{8, 2},     {12, 64},   {16, 1u << 30}, {24, 12},         {24, 0}, {24, 1u << 30},
                {32, 8192}, {40, 4096}, {48, 1u << 31}, {52, 0xffffffff}, {56, 3}, {64, 1}};
  for (const auto& fault : faults) {
    CAPTURE(fault.offset);
    std::uint32_t before = 0;
    UniqueFd fd(open(name.path().c_str(), O_RDONLY | O_CLOEXEC));
    REQUIRE(pread(fd.get(), &before, sizeof before, static_cast<off_t>(fault.offset)) == sizeof before);
    patch(name, fault.offset, fault.value);
    CHECK_THROWS_WITH_AS(RingReader::open(name.path()), doctest::Contains("not a ring"), RingError);
    patch(name, fault.offset, before);
  }
  CHECK_NOTHROW(RingReader::open(name.path()));
}

TEST_CASE("a descriptor that points outside the ring is passed over") {
  Rig rig;
  for (const std::size_t field : {64u, 72u, 96u}) {
    rig.publish(1);
    patch(rig.name, 4096 + static_cast<std::size_t>(rig.published) * 256 + field, ~std::uint64_t{0});
    CHECK(text(rig.reader->take(RingMode::next)) == "nothing");
  }
  rig.publish(1);
  CHECK(rig.reader->take(RingMode::next)->missed == 3);
}

namespace {

// Frames describe themselves: every word is a hash of the sequence number and its place.
constexpr std::size_t kWords = 4096;
std::uint32_t wordAt(std::uint64_t sequence, std::size_t place) {
  return static_cast<std::uint32_t>(sequence * 2654435761u + place);
}
bool describes(const std::byte* data, std::uint64_t sequence) {
  for (std::size_t i = 0; i < kWords; i++) {
    std::uint32_t word;
    std::memcpy(&word, data + i * 4, 4);
    if (word != wordAt(sequence, i)) return false;
  }
  return true;
}

struct Tally {
  std::uint64_t good = 0, torn = 0, undetected = 0, last = 0, missed = 0;
};

Tally readAtFullSpeed(const std::string& path, bool inPlace, int ready) {
  const auto reader = RingReader::open(path);
  if (write(ready, "!", 1) != 1) return {};
  std::vector<std::byte> memory(kWords * 4);
  Tally tally;
  while (!reader->ended()) {
    if (reader->waitFor(1s) != RingWait::news) continue;
    if (inPlace) {
      const auto frame = reader->take(RingMode::next);
      if (!frame) continue;
      // Some are held for so long that they cannot but be overwritten.
      const std::uint64_t enough = frame->info.sequence + (frame->info.sequence % 16 == 0 ? 4 : 0);
      while (reader->status().header.head < enough && reader->status().header.state != TEECAM_RING_ENDED)
        std::this_thread::yield();
      const bool good = describes(frame->data.data(), frame->info.sequence);
      if (!frame->valid()) {
        tally.torn++;
        continue;
      }
      good ? tally.good++ : tally.undetected++;
    } else {
      const auto copy = reader->copy(RingMode::next, [&](std::size_t) { return std::span(memory); });
      if (copy.result != RingRead::frame) continue;
      describes(memory.data(), copy.info.sequence) ? tally.good++ : tally.undetected++;
      tally.missed += copy.missed;
      tally.last = copy.info.sequence;
    }
  }
  return tally;
}

}  // namespace

TEST_CASE("torture: no torn frame passes for a whole one") {
  for (const bool raw : {true, false}) {
    CAPTURE(raw);
    const RingName name;
    const std::uint64_t bytes = kWords * 4;
    auto file = RingFile::make(
        name.path(), name.options(raw ? rawGeometry(3, bytes) : encodedGeometry(3 * bytes + 4096, 4)));
    int results[2], ready[2];
    REQUIRE(pipe2(results, O_CLOEXEC) == 0);
    REQUIRE(pipe2(ready, O_CLOEXEC) == 0);
    std::array<pid_t, 2> children{};
    for (std::size_t i = 0; i < children.size(); i++) {
      children[i] = fork();
      if (children[i] == 0) {
        const Tally tally = readAtFullSpeed(name.path(), i == 0, ready[1]);
        _exit(write(results[1], &tally, sizeof tally) == sizeof tally ? 0 : 1);
      }
    }
    for (std::size_t i = 0; i < children.size(); i++) {
      char byte;
      REQUIRE(read(ready[0], &byte, 1) == 1);
    }

    const auto writer = RingWriter::open(name.path());
    std::vector<std::uint32_t> words(kWords);
    const auto end = std::chrono::steady_clock::now() + 1s;
    std::uint64_t sequence = 0;
    while (std::chrono::steady_clock::now() < end) {
      sequence++;
      const auto slot = raw ? writer->takeSlot() : std::nullopt;
      auto* to = raw ? reinterpret_cast<std::uint32_t*>(slot->data) : words.data();
      for (std::size_t i = 0; i < kWords; i++) to[i] = wordAt(sequence, i);
      const std::span<const std::byte> chunk = std::as_bytes(std::span(words));
      CHECK((raw ? writer->publishSlot(slot->index, bytes, {}) : writer->publish({&chunk, 1}, {})) ==
            sequence);
    }
    file->close();
    Tally sum;
    for (const pid_t child : children) {
      Tally tally;
      REQUIRE(read(results[0], &tally, sizeof tally) == sizeof tally);
      sum.good += tally.good;
      sum.torn += tally.torn;
      sum.undetected += tally.undetected;
      if (tally.last != 0) CHECK(tally.last <= sequence);
      int status = 0;
      waitpid(child, &status, 0);
      CHECK(status == 0);
    }
    for (const int fd : {results[0], results[1], ready[0], ready[1]}) close(fd);
    MESSAGE(sequence, " written, ", sum.good, " good, ", sum.torn, " torn and noticed");
    CHECK(sum.undetected == 0);
    CHECK(sum.good > 100);
    CHECK(sum.torn > 0);
  }
}

TEST_CASE("a newest frame is fresh for two of its periods") {
  Rig rig;
  CHECK_FALSE(rig.reader->status().fresh);
  const auto publishAged = [&](std::chrono::nanoseconds age) {
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    const std::array<std::byte, 4> bytes{};
    const std::span<const std::byte> chunk(bytes);
    FrameMeta meta;
    meta.captureNs = std::chrono::nanoseconds(now - age).count();
    meta.durationNs = std::chrono::nanoseconds(1h).count();
    rig.writer->publish(std::span(&chunk, 1), meta);
  };
  publishAged(1h);
  CHECK(rig.reader->status().fresh);
  CHECK(rig.reader->status().newest == 1);
  publishAged(3h);
  CHECK_FALSE(rig.reader->status().fresh);
}
