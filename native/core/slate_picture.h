// Thread: any; a picture does not change.
// Owns: the pixels, in ordinary memory.
// Ends: with its last copy.
#pragma once

#include <memory>
#include <string>

#include "core/gst_ptr.h"

namespace teecam {

/// The picture shown while the camera gives none: RGB, rows without padding.
class SlatePicture {
 public:
  static SlatePicture darkGrey(int width, int height);
  /// Throws CoreError `bad-plan` if the file cannot be read or has another size. The pixels are read, not
  /// mapped: whoever shortened the file later would kill the camera with a bus error.
  static SlatePicture fromFile(const std::string& path, int width, int height);

  /// The picture in raw caps of its size, converted anew each time; without timestamps. Throws CoreError
  /// `internal` for caps that nothing is converted to.
  BufferPtr render(const GstCaps* caps) const;

 private:
  SlatePicture(GBytes* pixels, int width, int height);
  std::shared_ptr<GBytes> pixels_;
  int width_;
  int height_;
};

}  // namespace teecam
