// Thread: functions from any thread; the element itself runs on its branch's streaming thread.
// Owns: the RingWriter of its `ring` property, from READY to NULL.
// Ends: with its pipeline.
#pragma once

#include <gst/gst.h>

#include <cstdint>
#include <memory>
#include <string>

#include "core/ring_writer.h"
#include "core/slate_timeline.h"
#include "teecam_ring.h"

namespace teecam {

/// Counters since the element was made.
struct RingSinkStats {
  std::uint64_t published = 0;
  std::uint64_t bytes = 0;
  std::uint64_t keyFrames = 0;
  std::uint64_t dropped = 0;   // larger than the arena, or no slot
  std::uint64_t copied = 0;    // raw frames that did not come in the ring's own memory
  std::int64_t latencyNs = 0;  // capture to publication of the newest frame
};

/// `element` must be a teecamringsink. State and discontinuity reach the ring from READY on; before, there is
/// none, and they are lost.
RingSinkStats ringSinkStats(GstElement* element);
void ringSinkSetState(GstElement* element, teecam_ring_state state, const std::string& reason);
void ringSinkSetTimeline(GstElement* element, std::shared_ptr<const SlateTimeline> timeline);
void ringSinkMarkDiscontinuity(GstElement* element);

/// The sink will write on where another one ends, which may be null, in the same ring if that still has its
/// name, or (`isDraft`) in one that waits under its draft name. From READY to this call both have it; only
/// one of them gets frames. Before READY.
void ringSinkSucceed(GstElement* element, GstElement* before, bool isDraft);
/// The other one has stopped. Sequence numbers and generations go on from its last.
void ringSinkBeginSuccession(GstElement* element);

/// The writer itself, to move it to a draft. Null below READY.
std::shared_ptr<RingWriter> ringSinkWriter(GstElement* element);

/// The element's GType.
GType ringSinkType();

/// Registers teecamrate and teecamringsink with GStreamer; once per process, after gst_init.
void registerElements();

}  // namespace teecam
