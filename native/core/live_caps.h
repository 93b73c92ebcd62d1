// Thread: any. Owns: nothing. Ends: never.
#pragma once

#include <string>

#include "core/gst_ptr.h"
#include "core/plan.h"

namespace teecam {

/// What a source delivers, for people and for the `source` event.
struct SourceFormatInfo {
  std::string caps;
  int width = 0;
  int height = 0;
  Fraction framerate{0, 1};  // 0/1: it varies
};

SourceFormatInfo describeCaps(const GstCaps* caps);

/// The live caps with the nominal framerate where they have none: 0/1 costs a frame of delay in x264enc,
/// which then waits for the next timestamp.
CapsPtr withFramerate(const GstCaps* live, Fraction nominal);

/// Caps of the slate. Framerate and colours follow the live caps (null: none known yet), so that going from
/// one to the other makes no encoder begin anew.
CapsPtr slateCaps(int width, int height, Fraction nominal, const GstCaps* live);

/// Caps of what the source has encoded, and of a slate that was encoded likewise: the same text for the same
/// frames, whatever else a driver says of them. 0/1, 0 and 0: the nominal ones of the plan.
CapsPtr encodedCaps(const GatePlan& plan, const SourceFormatInfo& live);

}  // namespace teecam
