#include <doctest/doctest.h>
#include <gst/gst.h>

#include <atomic>
#include <thread>

#include "core_fixture.h"

using namespace teecam;
using namespace teecam::test;

namespace {

struct Frames {
  std::atomic<std::thread::id> control;
  std::atomic<int> alive{0};
  std::atomic<bool> down{false};
  std::atomic<int> waitedFor{0};  // let go of by the control thread when the source was down
};

Frames& frames() {
  static Frames shared;
  return shared;
}

void letGo(gpointer) {
  Frames& seen = frames();
  if (seen.down && std::this_thread::get_id() == seen.control) seen.waitedFor++;
  seen.alive--;
}

/// A frame with memory of its own, as a driver's is no pool's of GStreamer.
GstPadProbeReturn mark(GstPad*, GstPadProbeInfo* info, gpointer) {
  GstBuffer* copy = gst_buffer_copy_deep(GST_PAD_PROBE_INFO_BUFFER(info));
  frames().alive++;
  gst_mini_object_set_qdata(GST_MINI_OBJECT_CAST(copy), g_quark_from_static_string("teecam-test-frame"),
                            &frames(), letGo);
  gst_buffer_unref(GST_PAD_PROBE_INFO_BUFFER(info));
  GST_PAD_PROBE_INFO_DATA(info) = copy;
  return GST_PAD_PROBE_OK;
}

/// Stands beside the others and marks the frames that come to the outlet.
struct MarkElement {
  GstElement parent;
};
struct MarkElementClass {
  GstElementClass parent;
};
G_DEFINE_TYPE(MarkElement, mark_element, GST_TYPE_ELEMENT)

GstStateChangeReturn changeState(GstElement* element, GstStateChange change) {
  if (change == GST_STATE_CHANGE_NULL_TO_READY) {
    GstElement* outlet = gst_bin_get_by_name(GST_BIN(GST_OBJECT_PARENT(element)), "out");
    GstPad* pad = gst_element_get_static_pad(outlet, "sink");
    gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_BUFFER, mark, nullptr, nullptr);
    gst_object_unref(pad);
    gst_object_unref(outlet);
  }
  if (change == GST_STATE_CHANGE_READY_TO_NULL) frames().down = true;
  return GST_ELEMENT_CLASS(mark_element_parent_class)->change_state(element, change);
}

void mark_element_class_init(MarkElementClass* type) {
  GST_ELEMENT_CLASS(type)->change_state = changeState;
  gst_element_class_set_static_metadata(GST_ELEMENT_CLASS(type), "Mark", "Test", "Marks frames", "Teecam");
}

void mark_element_init(MarkElement*) {}

}  // namespace

/// v4l2src stops its driver when the last frame is let go of, and there the driver may hang.
TEST_CASE("the control thread never lets go of a source's last frame") {
  Runtime::get().post([] { frames().control = std::this_thread::get_id(); });
  gst_element_register(nullptr, "teecamtestmark", GST_RANK_NONE, mark_element_get_type());
  StageFixture stage;
  CoreFixture core;
  REQUIRE(core.send({{"type", "start"}, {"plan", stage.plan(true)}})["ok"] == true);
  Json source = testSource();
  source["graph"]["nodes"].push_back(node("mark", "teecamtestmark"));
  REQUIRE(core.send({{"type", "switch-source"}, {"source", source}})["ok"] == true);
  core.waitForState("live");
  core.nextStats();
  REQUIRE(core.send({{"type", "switch-source"}, {"source", nullptr}})["ok"] == true);
  for (int i = 0; i < 10 && frames().alive > 0; i++) core.nextStats();
  CHECK(frames().down);
  CHECK(frames().alive == 0);
  CHECK(frames().waitedFor == 0);
}
