#include "core/shm_socket.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstdio>
#include <functional>
#include <utility>

#include "core/ring_error.h"

namespace teecam {

namespace {

UniqueFd unixSocket() {
  UniqueFd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) throw RingError::fromErrno(errno, "making a socket");
  return fd;
}

RingError inUse(const std::string& path) {
  return {"address-in-use", path + " is served by another program"};
}

sockaddr_un addressOf(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) throw RingError("failed", path + " is longer than 107 bytes");
  path.copy(address.sun_path, path.size());
  return address;
}

/// A name that the kernel takes back with the process. Between looking at a stale socket and removing it
/// nobody else may have put a fresh one in its place.
UniqueFd claimOf(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  // the first byte stays NUL: no name in the file system
  const int length = std::snprintf(address.sun_path + 1, sizeof address.sun_path - 1, "teecam-shmsink-%zx",
                                   std::hash<std::string>{}(path));
  UniqueFd claim = unixSocket();
  const auto size =
      static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1) + static_cast<socklen_t>(length);
  if (bind(claim.get(), reinterpret_cast<sockaddr*>(&address), size) == 0) return claim;
  if (errno == EADDRINUSE) throw inUse(path);
  throw RingError::fromErrno(errno, "claiming " + path);
}

void removeStale(const std::string& path) {
  struct stat there {};
  if (lstat(path.c_str(), &there) != 0) return;
  if (!S_ISSOCK(there.st_mode))
    throw RingError("address-in-use", path + " is there already, and is no socket");
  const UniqueFd probe = unixSocket();
  const sockaddr_un address = addressOf(path);
  if (connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0)
    throw inUse(path);
  if (errno == EAGAIN) throw inUse(path);  // too many are waiting to be let in
  if (errno != ECONNREFUSED) throw RingError::fromErrno(errno, "looking at " + path);
  if (unlink(path.c_str()) != 0 && errno != ENOENT) throw RingError::fromErrno(errno, "removing " + path);
}

}  // namespace

ShmSocket::ShmSocket(std::string path, mode_t mode) : path_(std::move(path)), claim_(claimOf(path_)) {
  const sockaddr_un address = addressOf(path_);
  removeStale(path_);
  fd_ = unixSocket();
  if (bind(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    if (errno == EADDRINUSE) throw inUse(path_);
    throw RingError::fromErrno(errno, "listening on " + path_);
  }
  constexpr int kBacklog = 16;
  // Nobody gets in before listen, so the mode is right from the first client on.
  const bool ready = lstat(path_.c_str(), &named_) == 0 && chmod(path_.c_str(), mode) == 0 &&
                     listen(fd_.get(), kBacklog) == 0;
  if (ready) return;
  const int error = errno;
  unlink(path_.c_str());
  throw RingError::fromErrno(error, "listening on " + path_);
}

void ShmSocket::removeName() const {
  struct stat now {};
  if (lstat(path_.c_str(), &now) != 0) return;
  if (now.st_ino == named_.st_ino && now.st_dev == named_.st_dev) unlink(path_.c_str());
}

}  // namespace teecam
