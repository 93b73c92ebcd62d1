// Thread: any.
// Owns: nothing; returned caps are the caller's.
// Ends: never.
#pragma once

#include <gst/gst.h>

namespace teecam {

/// Frames a second as a fraction; 0/1: no limit.
struct RateLimit {
  gint num = 0;
  gint den = 1;
  bool none() const { return num == 0; }
};

/// What comes out when `caps` go in: rates above the limit, and a rate that varies (0/1), become the limit.
GstCaps* limitedCaps(GstCaps* caps, RateLimit limit);

/// What may go in so that `caps` come out.
GstCaps* limitableCaps(GstCaps* caps, RateLimit limit);

}  // namespace teecam
