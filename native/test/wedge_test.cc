#include <doctest/doctest.h>
#include <gst/gst.h>

#include <condition_variable>
#include <mutex>

#include "core_fixture.h"

using namespace teecam;
using namespace teecam::test;

namespace {

/// What a wedged driver waits for.
struct Wedge {
  std::mutex lock;
  std::condition_variable freed;
  bool stuck = true;

  void wait() {
    std::unique_lock guard(lock);
    freed.wait(guard, [this] { return !stuck; });
  }
  void free() {
    std::lock_guard guard(lock);
    stuck = false;
    freed.notify_all();
  }
};

Wedge& wedge() {
  static auto* const shared = new Wedge;
  return *shared;
}

/// An identity whose way down to NULL does not end.
struct WedgedElement {
  GstElement parent;
};
struct WedgedElementClass {
  GstElementClass parent;
};
G_DEFINE_TYPE(WedgedElement, wedged_element, GST_TYPE_ELEMENT)

GstStateChangeReturn changeState(GstElement* element, GstStateChange change) {
  if (change == GST_STATE_CHANGE_READY_TO_NULL) wedge().wait();
  return GST_ELEMENT_CLASS(wedged_element_parent_class)->change_state(element, change);
}

void wedged_element_class_init(WedgedElementClass* type) {
  GST_ELEMENT_CLASS(type)->change_state = changeState;
  gst_element_class_set_static_metadata(GST_ELEMENT_CLASS(type), "Wedged", "Test", "Does not let go",
                                        "Teecam");
}

void wedged_element_init(WedgedElement*) {}

Json wedgedSource() {
  Json source = testSource();
  source["graph"]["nodes"].push_back(node("wedged", "teecamtestwedged"));
  return source;
}

}  // namespace

TEST_CASE("a driver that does not let go ends the core, not the stage's frames before that") {
  Runtime::get();
  gst_element_register(nullptr, "teecamtestwedged", GST_RANK_NONE, wedged_element_get_type());
  StageFixture stage;
  CoreFixture core;
  REQUIRE(core.send({{"type", "start"}, {"plan", stage.plan(true)}})["ok"] == true);
  REQUIRE(core.send({{"type", "switch-source"}, {"source", wedgedSource()}})["ok"] == true);
  core.waitForState("live");

  // the next source waits for the device, the slate does not
  REQUIRE(core.send({{"type", "switch-source"}, {"source", testSource()}})["ok"] == true);
  const auto slates = core.nextStats()["gate"]["slates"].get<int>();
  CHECK(core.nextStats()["gate"]["slates"].get<int>() > slates);

  CHECK(core.waitForEnding() == CoreEnding::kWedged);
  CHECK(core.waitForEvent("warning")["code"] == "source-wedged");
  CHECK(core.messages().back() == Json::object({{"event", "stopped"}}));
  wedge().free();
}
