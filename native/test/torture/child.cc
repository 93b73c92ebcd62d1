#include "child.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <thread>
#include <utility>

namespace teecam::test {

Child Child::start(const std::function<void(int, int)>& body) {
  int down[2], up[2];
  if (pipe2(down, O_CLOEXEC) != 0 || pipe2(up, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  Child child;
  child.pid_ = ::fork();
  if (child.pid_ < 0) throw std::runtime_error("no process");
  if (child.pid_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    close(down[1]);
    close(up[0]);
    try {
      body(down[0], up[1]);
    } catch (const std::exception& error) {
      std::fprintf(stderr, "fault: %s\n", error.what());
      _exit(3);
    }
    _exit(0);
  }
  close(down[0]);
  close(up[1]);
  child.to_ = UniqueFd(down[1]);
  child.from_ = UniqueFd(up[0]);
  return child;
}

Child Child::fork(const Body& body) {
  return start(body);
}

Child Child::command(const std::string& line) {
  return start([&](int, int out) {
    dup2(out, STDOUT_FILENO);
    execl("/bin/sh", "sh", "-c", ("exec " + line).c_str(), nullptr);
    throw std::runtime_error("no shell");
  });
}

Child::Child(Child&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      status_(other.status_),
      to_(std::move(other.to_)),
      from_(std::move(other.from_)) {}

Child& Child::operator=(Child&& other) noexcept {
  kill();
  pid_ = std::exchange(other.pid_, -1);
  status_ = other.status_;
  to_ = std::move(other.to_);
  from_ = std::move(other.from_);
  return *this;
}

Child::~Child() {
  kill();
}

std::optional<int> Child::ask(char verb) {
  if (write(to_.get(), &verb, 1) != 1) return std::nullopt;
  return answer();
}

std::optional<int> Child::answer() {
  unsigned char number = 0;
  if (read(from_.get(), &number, 1) != 1) return std::nullopt;
  return number;
}

void Child::signal(int number) {
  if (pid_ > 0) ::kill(pid_, number);
}

void Child::kill() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  waitpid(pid_, &status_, 0);
  pid_ = -1;
}

bool Child::ended() {
  if (pid_ > 0 && waitpid(pid_, &status_, WNOHANG) == pid_) pid_ = -1;
  return pid_ < 0;
}

std::optional<int> Child::end(std::chrono::steady_clock::time_point deadline) {
  while (!ended()) {
    if (std::chrono::steady_clock::now() > deadline) return std::nullopt;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return WIFEXITED(status_) ? WEXITSTATUS(status_) : -WTERMSIG(status_);
}

std::string Child::output() {
  std::string text;
  char buffer[512];
  for (ssize_t got; (got = read(from_.get(), buffer, sizeof buffer)) > 0;)
    text.append(buffer, static_cast<std::size_t>(got));
  return text;
}

}  // namespace teecam::test
