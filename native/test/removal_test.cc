#include "core/removal.h"

#include <doctest/doctest.h>
#include <gst/app/app.h>

#include <atomic>
#include <condition_variable>
#include <mutex>

#include "core/error.h"
#include "gst_fixture.h"

using namespace teecam;
using namespace teecam::test;

namespace {

/// Holds the streaming thread that comes through a pad until it is let go.
struct Gatekeeper {
  explicit Gatekeeper(GstElement* element) : pad(gst_element_get_static_pad(element, "sink")) {
    const auto hold = [](GstPad*, GstPadProbeInfo*, gpointer data) {
      auto* self = static_cast<Gatekeeper*>(data);
      std::unique_lock guard(self->lock);
      self->holding = true;
      self->changed.wait(guard, [self] { return self->open; });
      return GST_PAD_PROBE_OK;
    };
    gst_pad_add_probe(pad.get(), GST_PAD_PROBE_TYPE_BUFFER, hold, this, nullptr);
  }
  void letGo() {
    const std::lock_guard guard(lock);
    open = true;
    changed.notify_all();
  }
  bool isHolding() {
    const std::lock_guard guard(lock);
    return holding;
  }
  const ObjectPtr<GstPad> pad;
  std::mutex lock;
  std::condition_variable changed;
  bool holding = false, open = false;
};

GstPadProbeReturn count(GstPad*, GstPadProbeInfo*, gpointer counter) {
  ++*static_cast<std::atomic<int>*>(counter);
  return GST_PAD_PROBE_OK;
}

}  // namespace

TEST_CASE("a tee that is stuck in a frame is left as it is, and can be changed later") {
  initGst();
  Pipeline pipeline("test", {{{"in", "appsrc", {{"format", "time"}}},
                              {"tee", "tee", {{"allow-not-linked", "true"}}},
                              {"stays", "fakesink", {{"async", "false"}}},
                              {"goes", "identity", {}},
                              {"sink", "fakesink", {{"async", "false"}}}},
                             {{"in", "tee"}, {"tee", "goes"}, {"goes", "sink"}, {"tee", "stays"}}});
  Gatekeeper keeper(pipeline.element("goes"));
  std::atomic<int> passed{0};
  ObjectPtr<GstPad> pad(gst_element_get_static_pad(pipeline.element("stays"), "sink"));
  gst_pad_add_probe(pad.get(), GST_PAD_PROBE_TYPE_BUFFER, count, &passed, nullptr);
  REQUIRE(gst_element_set_state(pipeline.get(), GST_STATE_PLAYING) != GST_STATE_CHANGE_FAILURE);
  const auto push = [&] { gst_app_src_push_buffer(GST_APP_SRC(pipeline.element("in")), gst_buffer_new()); };
  push();
  REQUIRE(eventually([&] { return keeper.isHolding(); }));

  {
    Removal removal(pipeline, {"goes", "sink"});
    CHECK_THROWS_AS(removal.detach(), CoreError);
  }
  keeper.letGo();
  push();
  CHECK(eventually([&] { return passed == 2; }));

  Removal removal(pipeline, {"goes", "sink"});
  removal.detach();
  removal.stop();
  removal.takeOut();
  CHECK(pipeline.find("goes") == nullptr);
  push();
  CHECK(eventually([&] { return passed == 3; }));
  CHECK(pipeline.element("tee")->numsrcpads == 1);
}
