// Thread: one.
// Owns: the readers' processes.
// Ends: the destructor kills those that are left.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "child.h"

namespace teecam::test {

struct AudienceBooks {
  unsigned readers = 0, killed = 0, stopped = 0;
  std::uint64_t read = 0, torn = 0, missed = 0;
  std::vector<std::string> faults;
};

/// Eight readers of every kind there is, which are killed, stopped, and come again.
class Audience {
 public:
  /// `commands`: readers in other languages; the ring's path and a seed are added to their arguments.
  Audience(std::string path, std::vector<std::string> commands, std::mt19937& random);

  static constexpr std::size_t kSeats = 8;
  const AudienceBooks& books() const { return books_; }
  void killOne();
  /// Holds its lock, and does nothing; or goes on.
  void stopOne();
  void continueAll();
  /// Notes those that have ended by themselves, which none may before the ring has, and fills their seats.
  void lookAfter();
  /// Whether each has the file mapped that has the name now.
  bool present() const;
  /// Waits for their ends, when the ring has ended.
  void close();

 private:
  struct Seat {
    std::size_t kind;
    Child child;
    bool stopped = false;
  };

  Child start(std::size_t kind);
  std::string nameOf(std::size_t kind) const;

  const std::string path_;
  const std::vector<std::string> commands_;
  std::mt19937& random_;
  AudienceBooks books_;
  std::vector<Seat> seats_;
};

}  // namespace teecam::test
