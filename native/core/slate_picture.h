// Thread: any; a picture does not change.
// Owns: the pixels, in ordinary memory.
// Ends: with the last buffer made of it.
#pragma once

#include <memory>
#include <string>

#include "core/gst_ptr.h"

namespace teecam {

/// The picture shown while the camera gives none: I420, rows without padding.
class SlatePicture {
 public:
  static SlatePicture darkGrey(int width, int height);
  /// Throws CoreError `bad-plan` if the file cannot be read or has another size. The pixels are read, not
  /// mapped: whoever shortened the file later would kill the camera with a bus error.
  static SlatePicture fromFile(const std::string& path, int width, int height);

  /// A buffer over the same pixels each time, without timestamps.
  BufferPtr buffer() const;

 private:
  SlatePicture(GBytes* bytes, int width, int height);
  MemoryPtr memory_;
  int width_;
  int height_;
};

}  // namespace teecam
