#include "core/device_mappings.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <fstream>
#include <string>

using namespace teecam;

namespace {

int mappingsOf(const std::string& path) {
  int count = 0;
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) count += line.ends_with(" " + path) ? 1 : 0;
  return count;
}

void* map(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  REQUIRE(fd >= 0);
  void* mapped = mmap(nullptr, 4096, PROT_READ, MAP_PRIVATE, fd, 0);
  close(fd);
  REQUIRE(mapped != MAP_FAILED);
  return mapped;
}

}  // namespace

TEST_CASE("what is mapped of one node is taken away, and nothing else") {
  const std::string one = "/usr/bin/env", other = "/usr/bin/id";
  map(one);
  map(one);
  void* kept = map(other);
  CHECK(mappingsOf(one) >= 1);
  unmapDevice(one);
  CHECK(mappingsOf(one) == 0);
  CHECK(mappingsOf(other) == 1);
  munmap(kept, 4096);
}
