// Thread: any.
// Owns: a reference to the system clock.
// Ends: with its last copy's scope.
#pragma once

#include <gst/gst.h>

#include <cstdint>

#include "core/gst_ptr.h"

namespace teecam {

/// The one clock (CLOCK_MONOTONIC) and base time that stage and sources of a camera share, so that timestamps
/// pass from one pipeline to the other untouched and capture time = base time + running time everywhere.
class CameraClock {
 public:
  CameraClock() : clock_(gst_system_clock_obtain()), baseTime_(gst_clock_get_time(clock_.get())) {}

  CameraClock(const CameraClock& other)
      : clock_(GST_CLOCK(gst_object_ref(other.clock_.get()))), baseTime_(other.baseTime_) {}
  CameraClock& operator=(const CameraClock&) = delete;

  GstClock* clock() const { return clock_.get(); }
  GstClockTime baseTime() const { return baseTime_; }
  GstClockTime now() const { return gst_clock_get_time(clock_.get()); }
  GstClockTime runningTime() const { return now() - baseTime_; }

 private:
  ObjectPtr<GstClock> clock_;
  GstClockTime baseTime_;
};

}  // namespace teecam
