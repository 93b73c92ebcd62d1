// Thread: any. Owns: plain values. Ends: with its scope.
#pragma once

#include <string>
#include <vector>

#include "core/plan.h"

namespace teecam {

/// A format that a source offers; as `sourceFormat` in src/camera/messages.ts.
struct SourceFormat {
  std::string media;
  std::string format;
  int width = 0;
  int height = 0;
  std::vector<Fraction> framerates;
};

}  // namespace teecam
