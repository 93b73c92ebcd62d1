#include "core/brightness_meter.h"

#include <doctest/doctest.h>

#include <memory>
#include <string>

#include "gst_fixture.h"

using namespace teecam;
using teecam::test::initGst;

namespace {

/// Of one picture of a single grey that passes an element, 0 to 1; -1: nothing. videotestsrc itself knows no
/// full range.
double measured(const std::string& caps, const std::string& pattern, bool slate = false) {
  initGst();
  const std::string launch = "videotestsrc num-buffers=1 pattern=" + pattern +
                             " ! video/x-raw,format=RGB ! videoconvert ! video/x-raw," + caps +
                             ",width=62,height=46,framerate=10/1 ! identity name=encoder ! fakesink";
  const ObjectPtr<GstElement> pipeline(gst_parse_launch(launch.c_str(), nullptr));
  const ObjectPtr<GstElement> encoder(gst_bin_get_by_name(GST_BIN(pipeline.get()), "encoder"));
  const auto timeline = std::make_shared<SlateTimeline>();
  timeline->append(0, slate);
  const BrightnessMeter meter(encoder.get(), timeline);
  gst_element_set_state(pipeline.get(), GST_STATE_PLAYING);
  const ObjectPtr<GstBus> bus(gst_element_get_bus(pipeline.get()));
  const MessagePtr end(gst_bus_timed_pop_filtered(
      bus.get(), 20 * GST_SECOND, static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR)));
  gst_element_set_state(pipeline.get(), GST_STATE_NULL);
  REQUIRE(end != nullptr);
  REQUIRE(GST_MESSAGE_TYPE(end.get()) == GST_MESSAGE_EOS);
  return meter.newest().value_or(-1.0);
}

}  // namespace

TEST_CASE("how bright a picture is, whatever its format and range") {
  const std::string grey = "solid-color foreground-color=0xff808080";
  for (const std::string format : {"I420", "NV12", "YUY2", "UYVY", "Y42B", "GRAY8"}) {
    for (const std::string colours : {"bt709", "1:4:0:0"}) {
      CAPTURE(format);
      CAPTURE(colours);
      const std::string caps = "format=" + format + ",colorimetry=(string)" + colours;
      CHECK(measured(caps, "black") == doctest::Approx(0.0).epsilon(0.01));
      CHECK(measured(caps, "white") == doctest::Approx(1.0).epsilon(0.01));
      CHECK(measured(caps, grey) == doctest::Approx(0.5).epsilon(0.02));
    }
  }
}

TEST_CASE("slates have no brightness, nor has what keeps none of it apart in 8 bits") {
  CHECK(measured("format=I420", "white", true) == -1.0);
  CHECK(measured("format=I420_10LE", "white") == -1.0);
  CHECK(measured("format=RGB", "white") == -1.0);
}
