#include "core/kernel_hang.h"

#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>

namespace teecam {

namespace {

/// `pid (name) S ...`, where the name may have anything in it.
bool isUninterruptible(const std::filesystem::path& task) {
  std::ifstream file(task / "stat");
  std::string line;
  std::getline(file, line);
  const auto name = line.rfind(')');
  return name != line.npos && line.compare(name, 3, ") D") == 0;
}

}  // namespace

bool hangsInKernel() {
  std::error_code unreadable;  // without /proc nobody can tell
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task", unreadable)) {
    if (isUninterruptible(task.path())) return true;
  }
  return false;
}

}  // namespace teecam
