#include "core/device_mappings.h"

#include <sys/mman.h>

#include <cstdint>
#include <cstdio>
#include <fstream>
#include <utility>
#include <vector>

namespace teecam {

void unmapDevice(const std::string& node) {
  std::vector<std::pair<std::uintptr_t, std::uintptr_t>> ranges;
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    if (!line.ends_with(" " + node)) continue;
    std::uintptr_t begin = 0;
    std::uintptr_t end = 0;
    if (std::sscanf(line.c_str(), "%zx-%zx", &begin, &end) == 2) ranges.emplace_back(begin, end);
  }
  for (const auto& [begin, end] : ranges) munmap(reinterpret_cast<void*>(begin), end - begin);
}

}  // namespace teecam
