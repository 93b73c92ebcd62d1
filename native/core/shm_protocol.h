// Thread: any. Owns: plain values. Ends: with its scope.
#pragma once

#include <cstddef>

namespace teecam {

// What GStreamer's shmsink and shmsrc say to one another over their socket (sys/shm/shmpipe.c, the same since
// 2009): structures as this machine's compiler lays them out. The server tells of an area and of buffers in
// it, the client acknowledges each buffer when it has done with it.

enum class ShmCommand : unsigned { newArea = 1, closeArea = 2, newBuffer = 3, acknowledge = 4 };

struct ShmMessage {
  ShmCommand command;
  int area;
  union {
    struct {
      std::size_t size;
      unsigned nameSize;  // with its NUL; the name follows
    } newArea;
    struct {
      unsigned long offset;
      unsigned long size;
    } newBuffer;
    struct {
      unsigned long offset;
    } acknowledge;
  };
};

}  // namespace teecam
