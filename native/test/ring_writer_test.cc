#include "core/ring_writer.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

#include <set>

#include "core/ring_mapping.h"
#include "ring_fixture.h"

using namespace teecam;
using namespace teecam::test;

namespace {

struct Peek {
  explicit Peek(const RingName& name)
      : fd(open(name.path().c_str(), O_RDONLY | O_CLOEXEC)),
        mapping(fd.get(), RingMapping::Access::read, "peek") {}
  bool whole(std::uint64_t sequence) const {
    const auto& d = mapping.descriptor(sequence);
    return d.lock % 2 == 0 && d.sequence == sequence;
  }
  std::string text(std::uint64_t sequence) const {
    const auto& d = mapping.descriptor(sequence);
    return {reinterpret_cast<const char*>(mapping.at(d.offset)), d.size};
  }
  UniqueFd fd;
  RingMapping mapping;
};

}  // namespace

TEST_CASE("encoded frames follow one another and displace whole what they overwrite") {
  const RingName name;
  const auto file = RingFile::make(name.path(), name.options(encodedGeometry(4096)));
  const auto writer = RingWriter::open(name.path());
  const Peek peek(name);
  for (std::uint64_t i = 1; i <= 50; i++) {
    const std::string text(1000 + i * 7 % 300, static_cast<char>('a' + i % 26));
    REQUIRE(publishText(*writer, text) == i);
    CHECK(peek.mapping.header().head == i);
    // Whatever is still called whole has its own bytes, and whole frames are an unbroken row.
    bool gone = false;
    for (std::uint64_t s = i; s > 0 && s + 16 > i; s--) {
      if (!peek.whole(s)) {
        gone = true;
        continue;
      }
      CHECK_FALSE(gone);
      CHECK(peek.text(s) == std::string(1000 + s * 7 % 300, static_cast<char>('a' + s % 26)));
    }
    CHECK(peek.whole(i));
  }
}

TEST_CASE("a frame larger than the arena is refused and the next is a discontinuity") {
  const RingName name;
  const auto file = RingFile::make(name.path(), name.options(encodedGeometry(4096)));
  const auto writer = RingWriter::open(name.path());
  const Peek peek(name);
  publishText(*writer, "first");
  CHECK((peek.mapping.descriptor(1).flags & TEECAM_FRAME_DISCONTINUITY) != 0);
  publishText(*writer, "second");
  CHECK((peek.mapping.descriptor(2).flags & TEECAM_FRAME_DISCONTINUITY) == 0);
  CHECK_FALSE(publishText(*writer, std::string(4097, 'x')).has_value());
  CHECK(peek.whole(2));
  CHECK(publishText(*writer, std::string(4096, 'x')) == 3);
  CHECK((peek.mapping.descriptor(3).flags & TEECAM_FRAME_DISCONTINUITY) != 0);
}

TEST_CASE("slots are used in turn, and a taken slot's frame is gone before it is written") {
  const RingName name;
  const auto file = RingFile::make(name.path(), name.options(rawGeometry(3)));
  const auto writer = RingWriter::open(name.path());
  const Peek peek(name);
  for (int i = 1; i <= 3; i++) publishRaw(*writer, std::byte(i));
  CHECK(peek.whole(1));
  const auto slot = writer->takeSlot();
  REQUIRE(slot);
  CHECK_FALSE(peek.whole(1));
  CHECK(peek.whole(2));
  CHECK(slot->size == 4096);
  writer->returnSlot(slot->index);
  const auto again = writer->takeSlot();
  CHECK(again->index == slot->index);
  const auto second = writer->takeSlot(), third = writer->takeSlot();
  CHECK(std::set{again->index, second->index, third->index}.size() == 3);
  CHECK_FALSE(writer->takeSlot().has_value());
}

TEST_CASE("format and state are told, with a generation for every new format") {
  const RingName name;
  const auto file = RingFile::make(name.path(), name.options(rawGeometry()));
  const auto writer = RingWriter::open(name.path());
  const auto& header = writer->header();
  CHECK(header.generation == 1);
  RingFormat format;
  format.width = 640;
  format.caps = std::string(2000, 'c');
  writer->setFormat(format);
  writer->setFormat(format);
  CHECK(header.generation == 2);
  CHECK(header.width == 640);
  CHECK(std::string(header.caps).size() == 1023);
  const std::uint32_t wake = header.wake;
  writer->setState(TEECAM_RING_SLATE, "no-device");
  CHECK(header.wake != wake);
  CHECK(std::string(header.reason) == "no-device");
  writer->setState(TEECAM_RING_LIVE, "ignored");
  CHECK(std::string(header.reason).empty());
  CHECK(header.info_lock % 2 == 0);
}

TEST_CASE("a writer that was killed in the middle of a frame is succeeded without a gap") {
  for (const bool raw : {false, true}) {
    CAPTURE(raw);
    const RingName name;
    const auto file = RingFile::make(name.path(), name.options(raw ? rawGeometry() : encodedGeometry(8192)));
    const pid_t child = fork();
    if (child == 0) {
      const auto writer = RingWriter::open(name.path());
      for (int i = 1; i <= 6; i++) {
        if (raw)
          publishRaw(*writer, std::byte(i));
        else
          publishText(*writer, std::string(3000, static_cast<char>(i)));
      }
      if (raw) {
        std::memset(writer->takeSlot()->data, 0xff, 4096);
        kill(getpid(), SIGKILL);
      }
      signal(SIGSEGV, SIG_DFL);  // doctest would report it
      // Dies of the second chunk, when the first has displaced what it needs room for.
      const std::string first(1000, '!');
      const std::span<const std::byte> chunks[] = {std::as_bytes(std::span(first)),
                                                   {reinterpret_cast<const std::byte*>(16), 2000}};
      writer->publish(chunks, {});
      _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    REQUIRE(WIFSIGNALED(status));

    const auto writer = RingWriter::open(name.path());
    const Peek peek(name);
    CHECK(peek.whole(6));
    CHECK((raw ? publishRaw(*writer, std::byte{9}) : *publishText(*writer, std::string(3000, '9'))) == 7);
    CHECK(peek.whole(6));
    CHECK(peek.text(6)[0] == 6);
    CHECK(peek.whole(7));
    CHECK((peek.mapping.descriptor(7).flags & TEECAM_FRAME_DISCONTINUITY) != 0);
    CHECK(peek.mapping.header().generation == 2);
  }
}
