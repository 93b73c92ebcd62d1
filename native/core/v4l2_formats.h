// Thread: one at a time.
// Owns: nothing.
// Ends: never.
#pragma once

#include <linux/videodev2.h>

#include <vector>

#include "core/source_format.h"

namespace teecam {

class V4l2Node;

/// All formats of a device that Teecam can use, in the device's order; sizes as the device gives them, or the
/// common ones within its range. Throws CoreError.
std::vector<SourceFormat> v4l2Formats(const V4l2Node& node);

struct FrameSize {
  int width, height;
  bool operator==(const FrameSize&) const = default;
};

/// The common sizes that a stepwise range has, and its largest. Highest first.
std::vector<FrameSize> sizesWithin(const v4l2_frmsize_stepwise& range);

/// The common rates that a stepwise range of intervals has, and its highest. Highest first.
std::vector<Fraction> ratesWithin(const v4l2_frmival_stepwise& range);

/// Highest first, each once.
void sortRates(std::vector<Fraction>& rates);

}  // namespace teecam
