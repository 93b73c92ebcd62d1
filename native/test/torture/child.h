// Thread: one.
// Owns: a child process, and pipes to and from it.
// Ends: the destructor kills and reaps it.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "core/unique_fd.h"

namespace teecam::test {

class Child {
 public:
  using Body = std::function<void(int in, int out)>;
  /// A fork that runs `body` with its ends of the pipes, and exits with 0.
  static Child fork(const Body& body);
  /// A shell's command; standard output is the pipe.
  static Child command(const std::string& line);

  Child(Child&& other) noexcept;
  Child& operator=(Child&& other) noexcept;
  ~Child();

  pid_t pid() const { return pid_; }
  /// Sends one byte and waits for the number that is answered. nullopt: it has ended.
  std::optional<int> ask(char verb);
  /// A byte-sized number that it sends by itself.
  std::optional<int> answer();
  void signal(int number);
  /// Killed, reaped, gone.
  void kill();
  /// Whether it has ended by itself by now; reaps it.
  bool ended();
  /// Waits for its end. nullopt: not by then. Negative: by this signal.
  std::optional<int> end(std::chrono::steady_clock::time_point deadline);
  /// What it wrote.
  std::string output();

 private:
  Child() = default;
  static Child start(const std::function<void(int in, int out)>& body);

  pid_t pid_ = -1;  // -1: reaped
  int status_ = 0;
  UniqueFd to_, from_;
};

}  // namespace teecam::test
