// Thread: main's.
// Owns: nothing.
// Ends: with its answer; or not at all, where a driver does not answer: the parent ends the process.
#pragma once

namespace teecam {

/// Reads one line from `descriptor`, the trial of an encoder (src/camera/encoder-trial.ts), and answers with
/// one line. Returns the exit code.
int runTrial(int descriptor);

}  // namespace teecam
