#include "audience.h"

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <sstream>
#include <utility>

#include "c_reader.h"
#include "native_reader.h"

namespace teecam::test {

namespace {

// The kinds of this program, then those of `commands`.
constexpr std::size_t kNative = 0, kC = 1, kOwnKinds = 2;
constexpr auto kEndLimit = std::chrono::seconds(60);

}  // namespace

Audience::Audience(std::string path, std::vector<std::string> commands, std::mt19937& random)
    : path_(std::move(path)), commands_(std::move(commands)), random_(random) {
  for (std::size_t seat = 0; seat < kSeats; seat++) {
    const std::size_t kind = seat % (kOwnKinds + commands_.size());
    seats_.push_back({kind, start(kind)});
  }
}

Child Audience::start(std::size_t kind) {
  const auto seed = static_cast<unsigned>(random_());
  books_.readers++;
  if (kind >= kOwnKinds)
    return Child::command(commands_[kind - kOwnKinds] + " " + path_ + " " + std::to_string(seed));
  return Child::fork([&](int, int out) {
    dup2(out, STDOUT_FILENO);
    if (kind == kNative)
      tortureNativeReader(path_, seed);
    else
      torture_c_reader(path_.c_str(), seed);
  });
}

std::string Audience::nameOf(std::size_t kind) const {
  return kind == kNative ? "native" : kind == kC ? "C" : commands_[kind - kOwnKinds];
}

void Audience::killOne() {
  Seat& seat = seats_[random_() % seats_.size()];
  seat = {seat.kind, start(seat.kind)};  // the assignment kills the old one
  books_.killed++;
}

void Audience::stopOne() {
  Seat& seat = seats_[random_() % seats_.size()];
  seat.child.signal(seat.stopped ? SIGCONT : SIGSTOP);
  seat.stopped = !seat.stopped;
  if (seat.stopped) books_.stopped++;
}

void Audience::continueAll() {
  for (Seat& seat : seats_) {
    seat.child.signal(SIGCONT);
    seat.stopped = false;
  }
}

void Audience::lookAfter() {
  for (Seat& seat : seats_) {
    if (!seat.child.ended()) continue;
    books_.faults.push_back("a " + nameOf(seat.kind) + " reader ended before its ring");
    seat = {seat.kind, start(seat.kind)};
  }
}

bool Audience::present() const {
  return std::ranges::all_of(seats_, [this](const Seat& seat) {
    std::ifstream maps("/proc/" + std::to_string(seat.child.pid()) + "/maps");
    // A file without a name has " (deleted)" behind it.
    for (std::string line; std::getline(maps, line);)
      if (line.ends_with(path_)) return true;
    return false;
  });
}

void Audience::close() {
  const auto deadline = std::chrono::steady_clock::now() + kEndLimit;
  for (Seat& seat : seats_) {
    const auto end = seat.child.end(deadline);
    if (end != 0) {
      books_.faults.push_back("a " + nameOf(seat.kind) + " reader ended with " +
                              (end ? std::to_string(*end) : std::string("nothing: it hangs")));
      continue;
    }
    std::istringstream words(seat.child.output());
    std::uint64_t read = 0, torn = 0, missed = 0;
    if (!(words >> read >> torn >> missed))
      books_.faults.push_back("a " + nameOf(seat.kind) + " reader said nothing");
    books_.read += read;
    books_.torn += torn;
    books_.missed += missed;
  }
}

}  // namespace teecam::test
