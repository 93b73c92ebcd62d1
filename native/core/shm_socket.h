// Thread: one at a time.
// Owns: a listening Unix socket and its name.
// Ends: the destructor removes the name, unless it belongs to somebody else by then.
#pragma once

#include <sys/stat.h>

#include <string>

#include "core/unique_fd.h"

namespace teecam {

/// A socket that has exactly the name asked for: one that a killed program left is removed, one that answers
/// is somebody's. Of several Teecams that want the same name at the same time one gets it.
class ShmSocket {
 public:
  /// Throws RingError: `address-in-use`, `not-found` (no such folder), `no-permission`, `failed`.
  ShmSocket(std::string path, mode_t mode);
  ~ShmSocket() { removeName(); }
  ShmSocket(const ShmSocket&) = delete;
  ShmSocket& operator=(const ShmSocket&) = delete;

  int fd() const { return fd_.get(); }
  void removeName() const;

 private:
  const std::string path_;
  UniqueFd claim_;
  UniqueFd fd_;
  struct stat named_ {};
};

}  // namespace teecam
