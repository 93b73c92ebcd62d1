// Thread: one that may wait for a driver as long as the driver likes; whoever asks has a deadline, and ends
// the process. Owns: nothing. Ends: when the pipeline has come to its end and has been stopped.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/plan.h"

namespace teecam {

/// What an encoder did with some frames.
struct EncoderFacts {
  unsigned frames = 0;
  std::vector<unsigned> keyFrames;  // which of them, from 0 on
  unsigned slices = 0;              // of the frame that has most
  bool parameterSets = false;       // in front of every key frame
  double cpuMsPerFrame = 0;         // of the whole process, the picture's making included
};

/// Encodes what the trial's graph makes until its end, asking for key frames as a camera does. Throws
/// CoreError: `missing-element`, `bad-plan`, or `failed` with GStreamer's words.
EncoderFacts tryEncoder(const EncoderTrial& trial);

}  // namespace teecam
