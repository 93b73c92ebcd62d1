#include "core/open_files.h"

#include <dirent.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <memory>

namespace teecam {

namespace {

rlim_t openFiles() {
  // Linux 6.2 and newer tell the number as the folder's size.
  struct stat folder {};
  if (stat("/proc/self/fd", &folder) == 0 && folder.st_size > 0) return static_cast<rlim_t>(folder.st_size);
  const std::unique_ptr<DIR, int (*)(DIR*)> list(opendir("/proc/self/fd"), closedir);
  rlim_t count = 0;
  while (list != nullptr && readdir(list.get()) != nullptr) count++;
  return count;
}

}  // namespace

bool filesAreLeft() {
  struct rlimit limit {};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return true;
  const rlim_t kept = std::min<rlim_t>(limit.rlim_cur / 8, 64);
  return openFiles() + kept < limit.rlim_cur;
}

}  // namespace teecam
