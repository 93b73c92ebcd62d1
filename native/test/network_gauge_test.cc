#include "core/network_gauge.h"

#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <vector>

#include "core/unique_fd.h"

using namespace teecam;

namespace {

/// A connection of this process with itself: `theirs` is the end that was connected to.
struct Loopback {
  UniqueFd listener{socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  UniqueFd ours{socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  UniqueFd theirs;

  Loopback() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    REQUIRE(bind(listener.get(), generic, size) == 0);
    REQUIRE(listen(listener.get(), 1) == 0);
    REQUIRE(getsockname(listener.get(), generic, &size) == 0);
    REQUIRE(connect(ours.get(), generic, size) == 0);
    theirs = UniqueFd(accept(listener.get(), nullptr, nullptr));
    REQUIRE(theirs);
  }
};

void carry(int from, int to, std::size_t bytes) {
  const std::vector<char> sent(bytes);
  REQUIRE(send(from, sent.data(), bytes, 0) == static_cast<ssize_t>(bytes));
  std::vector<char> received(bytes);
  REQUIRE(recv(to, received.data(), bytes, MSG_WAITALL) == static_cast<ssize_t>(bytes));
}

std::uint64_t receivedBytes() {
  const auto reading = readNetwork();
  return reading ? reading->bytes : 0;
}

}  // namespace

TEST_CASE("network gauge: counts what came by connections that this process made, and no others") {
  const auto before = receivedBytes();
  {
    Loopback loopback;
    carry(loopback.theirs.get(), loopback.ours.get(), 10'000);
    CHECK(receivedBytes() == before + 10'000);
    carry(loopback.ours.get(), loopback.theirs.get(), 5'000);
    CHECK(receivedBytes() == before + 10'000);
    const auto reading = readNetwork();
    CHECK(reading->segments > 0);
    CHECK(reading->outOfOrder == 0);
    CHECK(reading->roundTripNs > 0);
    CHECK(reading->roundTripNs < 1'000'000'000);
  }
  CHECK(receivedBytes() == before);
}
