#include <doctest/doctest.h>
#include <gst/gst.h>
#include <sched.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <csignal>
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

/// The same in the kernel, in state D: who makes a child as vfork does waits so for the child's end.
struct KernelWedge {
  std::array<int, 2> ends{};

  KernelWedge() { REQUIRE(pipe(ends.data()) == 0); }
  void wait() const {
    const long child = syscall(SYS_clone, CLONE_VFORK | SIGCHLD, 0, 0, 0, 0);
    if (child == 0) {
      close(ends[1]);
      char byte = 0;
      _exit(read(ends[0], &byte, 1) == 1 ? 0 : 1);
    }
    waitpid(static_cast<pid_t>(child), nullptr, 0);
  }
  void free() const { REQUIRE(write(ends[1], "!", 1) == 1); }
};

template <typename Kind>
Kind& shared() {
  static auto* const one = new Kind;
  return *one;
}

/// One whose way down to NULL does not end.
struct WedgedElement {
  GstElement parent;
};
struct WedgedElementClass {
  GstElementClass parent;
};
G_DEFINE_TYPE(WedgedElement, wedged_element, GST_TYPE_ELEMENT)

GstStateChangeReturn changeState(GstElement* element, GstStateChange change) {
  if (change == GST_STATE_CHANGE_READY_TO_NULL) {
    if (g_str_equal(GST_OBJECT_NAME(element), "kernel")) shared<KernelWedge>().wait();
    if (g_str_equal(GST_OBJECT_NAME(element), "wedged")) shared<Wedge>().wait();
  }
  return GST_ELEMENT_CLASS(wedged_element_parent_class)->change_state(element, change);
}

void wedged_element_class_init(WedgedElementClass* type) {
  GST_ELEMENT_CLASS(type)->change_state = changeState;
  gst_element_class_set_static_metadata(GST_ELEMENT_CLASS(type), "Wedged", "Test", "Does not let go",
                                        "Teecam");
}

void wedged_element_init(WedgedElement*) {}

/// `where` it hangs: "wedged" or "kernel".
Json wedgedSource(const char* where) {
  gst_element_register(nullptr, "teecamtestwedged", GST_RANK_NONE, wedged_element_get_type());
  Json source = testSource();
  source["graph"]["nodes"].push_back(node(where, "teecamtestwedged"));
  return source;
}

/// A source that needs nothing of what `testSource` needs.
Json otherSource() {
  Json source = testSource();
  auto& nodes = source["graph"]["nodes"];
  std::rotate(nodes.begin(), nodes.begin() + 1, nodes.end());
  return source;
}

void play(CoreFixture& core, const Json& source) {
  REQUIRE(core.send({{"type", "switch-source"}, {"source", source}})["ok"] == true);
}

}  // namespace

TEST_CASE("a driver that does not let go ends the core, not the stage's frames before that") {
  Runtime::get();
  StageFixture stage;
  CoreFixture core;
  REQUIRE(core.send({{"type", "start"}, {"plan", stage.plan(true)}})["ok"] == true);
  play(core, wedgedSource("wedged"));
  core.waitForState("live");

  // the next source waits for the device, the slate does not
  play(core, testSource());
  const auto slates = core.nextStats()["gate"]["slates"].get<int>();
  CHECK(core.nextStats()["gate"]["slates"].get<int>() > slates);

  CHECK(core.waitForEnding() == CoreEnding::kWedged);
  CHECK(core.waitForEvent("warning")["code"] == "source-wedged");
  CHECK(core.messages().back() == Json::object({{"event", "stopped"}}));
  shared<Wedge>().free();
}

TEST_CASE("a driver that hangs where no end of the process would free it is waited for") {
  Runtime::get();
  StageFixture stage;
  CoreFixture core;
  REQUIRE(core.send({{"type", "start"}, {"plan", stage.plan(true)}})["ok"] == true);
  play(core, wedgedSource("kernel"));
  core.waitForState("live");
  play(core, testSource());
  CHECK(core.waitForEvent("warning")["code"] == "source-wedged");
  CHECK(core.waitForState("slate")["reason"] == "wedged");
  const auto slates = core.nextStats()["gate"]["slates"].get<int>();
  CHECK(core.nextStats()["gate"]["slates"].get<int>() > slates);

  // another device is in nobody's way
  play(core, otherSource());
  core.waitForState("live");
  // and each try for the same one learns at once what it waits for
  play(core, testSource());
  CHECK(core.waitForState("slate")["reason"] == "wedged");
  shared<KernelWedge>().free();
  core.waitForState("starting");
  core.waitForState("live");
}
