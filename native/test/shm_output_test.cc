#include "core/shm_output.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>

#include "core/ring_error.h"
#include "core/ring_file.h"
#include "core/ring_writer.h"
#include "gst_fixture.h"
#include "ring_fixture.h"

using namespace teecam;
using namespace teecam::test;

namespace {

/// An encoded stream of texts, and the socket that it is served at.
class Fixture {
 public:
  explicit Fixture(std::uint64_t areaSize = 4096) : areaSize_(areaSize) { open(); }
  ~Fixture() {
    output_.reset();
    std::filesystem::remove_all(folder_);
  }

  void open() { output_ = std::make_unique<ShmOutput>(options()); }
  void close() { output_.reset(); }
  ShmOutputOptions options() const { return {socket(), ring_.path(), "", areaSize_, 0640}; }
  std::string socket() const { return folder_ + "/socket"; }
  std::string area() const { return ring_.path() + "+shmsink"; }
  ShmOutput& output() { return *output_; }
  unsigned readers() const { return file_->readers(); }
  bool waitForClients(std::size_t count) {
    return eventually([&] { return output_->stats().clients == count; });
  }
  void write(const std::string& text, bool key = true) {
    REQUIRE(publishText(*writer_, text, key ? std::uint32_t{TEECAM_FRAME_KEY} : 0U));
  }

 private:
  static std::string makeFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "teecam-shm-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no folder");
    return name;
  }

  const std::string folder_ = makeFolder();
  const std::uint64_t areaSize_;
  RingName ring_;
  std::unique_ptr<RingFile> file_ = RingFile::make(ring_.path(), ring_.options(encodedGeometry()));
  std::unique_ptr<RingWriter> writer_ = RingWriter::open(ring_.path());
  std::unique_ptr<ShmOutput> output_;
};

/// What shmsrc does, step by step.
class Client {
 public:
  explicit Client(const std::string& path) : fd_(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    if (connect(fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
      throw std::runtime_error("not let in");
    const timeval limit{5, 0};
    setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    const auto welcome = receive();
    if (!welcome || welcome->command != ShmCommand::newArea) throw std::runtime_error("no welcome");
    std::string name(welcome->newArea.nameSize, '\0');
    if (recv(fd_.get(), name.data(), name.size(), 0) != static_cast<ssize_t>(name.size()))
      throw std::runtime_error("no name");
    const UniqueFd area(shm_open(name.c_str(), O_RDONLY, 0));
    memory_ = mmap(nullptr, size_ = welcome->newArea.size, PROT_READ, MAP_SHARED, area.get(), 0);
    if (memory_ == MAP_FAILED) throw std::runtime_error("no area");
  }
  ~Client() { munmap(memory_, size_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// The next buffer, which it keeps. nullopt: the socket was closed.
  std::optional<std::string> take() {
    const auto news = receive();
    if (!news || news->command != ShmCommand::newBuffer) return std::nullopt;
    offset_ = news->newBuffer.offset;
    return std::string(static_cast<const char*>(memory_) + offset_, news->newBuffer.size);
  }
  void acknowledge() {
    ShmMessage message{};
    message.command = ShmCommand::acknowledge;
    message.acknowledge.offset = offset_;
    send(&message, sizeof message);
  }
  void send(const void* data, std::size_t size) { ::send(fd_.get(), data, size, MSG_NOSIGNAL); }

 private:
  std::optional<ShmMessage> receive() {
    ShmMessage message;
    if (recv(fd_.get(), &message, sizeof message, MSG_WAITALL) != sizeof message) return std::nullopt;
    return message;
  }

  UniqueFd fd_;
  void* memory_ = nullptr;
  std::size_t size_ = 0;
  unsigned long offset_ = 0;
};

std::string codeOf(const ShmOutputOptions& options) {
  try {
    ShmOutput output(options);
  } catch (const RingError& error) {
    return error.code();
  }
  return "";
}

}  // namespace

TEST_CASE("a shared memory client opens the branch, begins with a key frame and gets what is written") {
  Fixture stream;
  stream.write("of before");
  CHECK(stream.readers() == 0);
  auto client = std::make_unique<Client>(stream.socket());
  REQUIRE(eventually([&] { return stream.readers() == 1; }));
  stream.write("delta", false);
  for (int i = 0; i < 20; i++) {
    const std::string text = "frame " + std::to_string(i);
    stream.write(text, i == 0);
    REQUIRE(client->take() == text);
    client->acknowledge();
  }
  CHECK(stream.output().stats().frames == 20);
  client.reset();
  CHECK(eventually([&] { return stream.readers() == 0; }));
  CHECK(stream.output().stats().clients == 0);
}

TEST_CASE("a shared memory client that acknowledges nothing costs itself frames, and nobody else") {
  Fixture stream(1 << 16);
  Client stuck(stream.socket());
  Client brisk(stream.socket());
  REQUIRE(stream.waitForClients(2));
  REQUIRE(eventually([&] { return stream.readers() == 1; }));
  const std::string frame(500, 'x');
  for (int i = 0; i < 200; i++) {
    stream.write(frame);
    REQUIRE(brisk.take() == frame);
    brisk.acknowledge();
  }
  CHECK(stream.output().stats().clients == 2);
  const auto dropped = stream.output().stats().dropped;
  CHECK(dropped >= 200 - 32);  // a quarter of the area holds 32
  for (auto held = 200 - dropped; held > 0; held--) {
    REQUIRE(stuck.take() == frame);
    stuck.acknowledge();
  }
  // it goes on at a key frame, as soon as its words have been heard
  REQUIRE(eventually([&] {
    stream.write("delta", false);
    stream.write("now");
    for (const auto* text : {"delta", "now"}) {
      if (brisk.take() != text) return false;
      brisk.acknowledge();
    }
    return stream.output().stats().dropped < dropped + 2;
  }));
  CHECK(stuck.take() == "now");
}

TEST_CASE("when the shared memory is full, whoever holds the oldest frame is dismissed") {
  Fixture stream(1024);
  Client brisk(stream.socket());
  REQUIRE(eventually([&] { return stream.readers() == 1; }));
  std::vector<std::unique_ptr<Client>> stuck;
  for (int i = 0; i < 8; i++) {  // each keeps the first frame that it gets; there is room for four
    stuck.push_back(std::make_unique<Client>(stream.socket()));
    REQUIRE(eventually([&] {
      const auto stats = stream.output().stats();
      return stats.clients + stats.dismissed == stuck.size() + 1;
    }));
    const std::string frame(250, static_cast<char>('a' + i));
    stream.write(frame);
    REQUIRE(brisk.take() == frame);
    brisk.acknowledge();
  }
  CHECK(stream.output().stats().dismissed == 4);
  CHECK(stream.waitForClients(5));
  CHECK(stuck.front()->take());
  CHECK_FALSE(stuck.front()->take());
  CHECK(stuck.back()->take() == std::string(250, 'h'));
}

TEST_CASE("each shared memory client is known by what it was given, and one is ended without the others") {
  Fixture fixture;
  auto one = std::make_unique<Client>(fixture.socket());
  Client other(fixture.socket());
  REQUIRE(fixture.waitForClients(2));
  REQUIRE(eventually([&] { return fixture.readers() == 1; }));
  fixture.write("frame");
  CHECK(one->take() == "frame");
  CHECK(other.take() == "frame");
  other.acknowledge();
  auto known = [&] { return fixture.output().clients(); };
  REQUIRE(eventually([&] { return known().back().heldBytes == 0; }));
  const auto both = known();
  REQUIRE(both.size() == 2);
  CHECK(both[0].heldBytes == 5);
  for (const auto& client : both) {
    CHECK(client.pid == getpid());
    CHECK(client.bytes == 5);
    CHECK(client.frames == 1);
    CHECK(client.state == ShmClientStats::State::connected);
  }
  CHECK(both[0].id != both[1].id);

  CHECK(fixture.output().end(both[0].id));
  CHECK_FALSE(fixture.output().end(both[0].id));
  CHECK_FALSE(one->take());
  REQUIRE(fixture.waitForClients(1));
  const auto after = known();  // one of them for the last time
  REQUIRE(after.size() == 2);
  CHECK(after[0].id == both[0].id);
  CHECK(after[0].state == ShmClientStats::State::left);
  CHECK(known().size() == 1);
  fixture.write("next");
  CHECK(other.take() == "next");
}

TEST_CASE("a shared memory client that takes nothing is known to be blocked, until it does") {
  Fixture fixture;
  Client client(fixture.socket());
  REQUIRE(fixture.waitForClients(1));
  REQUIRE(eventually([&] { return fixture.readers() == 1; }));
  const std::string large(900, 'x');  // a quarter of the area holds one of them
  fixture.write(large);
  CHECK(client.take() == large);
  fixture.write(large);
  auto stats = [&] { return fixture.output().clients().at(0); };
  REQUIRE(eventually([&] { return stats().dropped == 1; }));
  REQUIRE(eventually([&] { return stats().blockedFor > std::chrono::milliseconds(5); }));
  client.acknowledge();
  REQUIRE(eventually([&] { return stats().blockedFor.count() == 0; }));
  CHECK(stats().blocked > std::chrono::milliseconds(5));
}

TEST_CASE("a shared memory client that talks nonsense is sent away, the others stay") {
  Fixture stream;
  Client good(stream.socket());
  Client bad(stream.socket());
  REQUIRE(stream.waitForClients(2));
  const std::string nonsense(200, '?');
  bad.send(nonsense.data(), nonsense.size());
  CHECK_FALSE(bad.take());
  good.acknowledge();  // of what it does not have
  REQUIRE(stream.waitForClients(1));
  REQUIRE(eventually([&] { return stream.readers() == 1; }));
  stream.write("frame");
  CHECK(good.take() == "frame");
}

TEST_CASE("a shared memory socket: a dead one is replaced, a living one and a file are left alone") {
  Fixture stream;
  CHECK(codeOf(stream.options()) == "address-in-use");
  struct stat access {};
  REQUIRE(stat(stream.socket().c_str(), &access) == 0);
  CHECK((access.st_mode & 0777) == 0660);
  stream.close();
  CHECK_FALSE(std::filesystem::exists(stream.socket()));
  CHECK_FALSE(std::filesystem::exists(stream.area()));

  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  stream.socket().copy(address.sun_path, sizeof address.sun_path - 1);
  {
    const UniqueFd other(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    REQUIRE(bind(other.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(listen(other.get(), 1) == 0);
    CHECK(codeOf(stream.options()) == "address-in-use");  // somebody else's, of another program
  }
  std::ofstream(stream.area()) << "left by a run that was killed";
  stream.open();
  Client client(stream.socket());
  stream.close();
  CHECK_FALSE(client.take());

  std::ofstream(stream.socket()) << "a file";
  CHECK(codeOf(stream.options()) == "address-in-use");
  CHECK(std::filesystem::file_size(stream.socket()) == 6);
  auto nowhere = stream.options();
  nowhere.socket = "/nowhere/socket";
  CHECK(codeOf(nowhere) == "not-found");
}
