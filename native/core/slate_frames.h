// Thread: one at a time.
// Owns: the slate as the inlet carries it.
// Ends: with its last frame.
#pragma once

#include <vector>

#include "core/gst_ptr.h"
#include "core/plan.h"
#include "core/slate_picture.h"

namespace teecam {

/// The slate's picture as frames that may follow one another, encoded once where the plan says so.
class SlateFrames {
 public:
  /// Throws CoreError `bad-plan` if it cannot be encoded.
  SlateFrames(SlatePicture picture, const GatePlan& plan);

  /// Over the same memory as all others, without timestamps. `caps` of its size; raw pictures are converted
  /// to them when they have changed. Throws CoreError as SlatePicture::render().
  BufferPtr next(const GstCaps* caps);

 private:
  SlatePicture picture_;
  bool isRaw_;
  CapsPtr caps_;  // of the raw frame
  std::vector<BufferPtr> frames_;
  std::size_t turn_ = 0;
};

}  // namespace teecam
