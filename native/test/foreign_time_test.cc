#include "core/foreign_time.h"

#include <doctest/doctest.h>

using namespace teecam;

namespace {

constexpr GstClockTime kPeriod = 40 * GST_MSECOND;

}  // namespace

TEST_CASE("frames keep their distances, whatever the network does to their arrival") {
  ForeignTime time;
  GstClockTime before = time.toOurs(0, 5 * GST_SECOND);
  CHECK(before == 5 * GST_SECOND);
  for (GstClockTime frame = 1; frame < 200; frame++) {
    const GstClockTime late = frame % 7 * 3 * GST_MSECOND;
    const GstClockTime ours = time.toOurs(frame * kPeriod, 5 * GST_SECOND + frame * kPeriod + late);
    CHECK(ours - before == kPeriod);
    before = ours;
  }
}

TEST_CASE("a server that begins with frames of the past puts none into the future") {
  ForeignTime time;
  // one second of history at once, then live
  for (GstClockTime frame = 0; frame < 25; frame++) {
    const GstClockTime arrival = GST_SECOND + frame * GST_MSECOND;
    CHECK(time.toOurs(frame * kPeriod, arrival) <= arrival);
  }
  const GstClockTime arrival = GST_SECOND + 64 * GST_MSECOND;
  CHECK(time.toOurs(25 * kPeriod, arrival) == arrival);
}

TEST_CASE("another machine's clock does not drift away") {
  for (const double speed : {0.999, 1.001}) {
    ForeignTime time;
    GstClockTime arrival = 0, ours = 0;
    for (int frame = 0; frame < 25 * 600; frame++) {
      arrival = frame * kPeriod;
      ours = time.toOurs(static_cast<GstClockTime>(static_cast<double>(arrival) * speed), arrival);
      REQUIRE(ours <= arrival);
    }
    CHECK(arrival - ours < 25 * GST_MSECOND);
  }
}

TEST_CASE("a clock that was set is followed at once") {
  ForeignTime time;
  time.toOurs(100 * GST_SECOND, 10 * GST_SECOND);
  CHECK(time.toOurs(3 * GST_SECOND, 11 * GST_SECOND) == 11 * GST_SECOND);
  CHECK(time.toOurs(3 * GST_SECOND + kPeriod, 12 * GST_SECOND) == 11 * GST_SECOND + kPeriod);
  CHECK(time.toOurs(500 * GST_SECOND, 13 * GST_SECOND) == 13 * GST_SECOND);
}
