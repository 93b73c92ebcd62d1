#include <doctest/doctest.h>

#include <atomic>

#include "core/control_watch.h"
#include "core/v4l2_controls.h"
#include "core_fixture.h"

using namespace teecam;
using namespace teecam::test;

TEST_CASE("a control is called as v4l2-ctl calls it") {
  CHECK(controlName("Brightness") == "brightness");
  CHECK(controlName("White Balance, Automatic") == "white_balance_automatic");
  CHECK(controlName("3A Lock") == "3a_lock");
  CHECK(controlName(" (Odd) name! ") == "odd_name");
  CHECK(controlName("\xc3\x9c!").empty());
}

TEST_CASE("controls of what is no video device are refused with a reason") {
  CoreFixture core;
  for (const char* device : {"/dev/null", "/etc/passwd"}) {
    const Json read = core.send({{"type", "controls"}, {"device", device}});
    CHECK(read["error"]["code"] == "failed");
    CHECK(read["error"]["message"] == std::string(device) + " is no video device");
    const Json set =
        core.send({{"type", "set-controls"}, {"device", device}, {"values", {{{"id", 1}, {"value", 2}}}}});
    CHECK(set["error"]["code"] == "failed");
  }
  const Json gone = core.send({{"type", "controls"}, {"device", "/dev/video-none"}});
  CHECK(gone["error"]["code"] == "no-device");
}

TEST_CASE("a setting is a number or a text") {
  CoreFixture core;
  for (const Json& wrong : {Json(nullptr), Json(1.5), Json(true), Json::array()}) {
    const Json answer = core.send(
        {{"type", "set-controls"}, {"device", "/dev/null"}, {"values", {{{"id", 1}, {"value", wrong}}}}});
    CHECK(answer["error"]["code"] == "bad-message");
  }
}

TEST_CASE("a watch on what is no device tells nothing, and can be made and let go of at any time") {
  std::atomic<int> told{0};
  for (int round = 0; round < 50; round++) {
    const ControlWatch watch("/dev/null", [&](const std::vector<Control>&) { told++; });
  }
  CHECK(told == 0);
}
