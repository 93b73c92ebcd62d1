#include "core/flow_meter.h"

#include <doctest/doctest.h>
#include <gst/app/gstappsink.h>
#include <gst/app/gstappsrc.h>

#include "core/pipeline.h"
#include "core/runtime.h"
#include "gst_fixture.h"

using namespace teecam;
using teecam::test::eventually;

namespace {

/// A queue of two behind which nothing is taken: `out` holds one frame and waits.
Graph stuck(const std::string& leaky) {
  Runtime::get();
  return {{{"in", "appsrc", {{"format", "time"}, {"block", "false"}}},
           {"queue", "queue", {{"max-size-buffers", "2"}, {"leaky", leaky}}},
           {"out", "appsink", {{"sync", "false"}, {"max-buffers", "1"}}}},
          {{"in", "queue"}, {"queue", "out"}}};
}

void push(const Pipeline& pipeline, int buffers) {
  for (int i = 0; i < buffers; i++) {
    REQUIRE(gst_app_src_push_buffer(GST_APP_SRC(pipeline.element("in")), gst_buffer_new()) == GST_FLOW_OK);
  }
}

}  // namespace

TEST_CASE("what a leaky queue drops is lost") {
  const Pipeline pipeline("test", stuck("downstream"));
  gst_element_set_state(pipeline.get(), GST_STATE_PLAYING);
  push(pipeline, 2);
  REQUIRE(eventually([&] { return pipeline.flow()["out"].entered == 2; }));  // one in it, one at its door
  push(pipeline, 18);
  REQUIRE(eventually([&] { return pipeline.flow()["queue"].entered == 20; }));
  CHECK(eventually([&] { return pipeline.flow()["queue"].lost == 16; }));
  Flow flow = pipeline.flow();
  CHECK(flow["out"].entered == 2);
  CHECK(flow.count("in") == 0);
}

TEST_CASE("a queue that makes its source wait has lost nothing, and lists count by their buffers") {
  const Pipeline pipeline("test", stuck("no"));
  gst_element_set_state(pipeline.get(), GST_STATE_PLAYING);
  GstBufferList* list = gst_buffer_list_new();
  for (int i = 0; i < 5; i++) gst_buffer_list_add(list, gst_buffer_new());
  REQUIRE(gst_app_src_push_buffer_list(GST_APP_SRC(pipeline.element("in")), list) == GST_FLOW_OK);
  Flow flow;
  CHECK(eventually([&] { return (flow = pipeline.flow())["queue"].entered == 5; }));
  CHECK(flow["queue"].lost == 0);
}

TEST_CASE("an element taken out of the pipeline is counted no more") {
  const Pipeline pipeline("test", stuck("downstream"));
  CHECK(pipeline.flow().count("queue") == 1);
  gst_bin_remove(GST_BIN(pipeline.get()), pipeline.element("queue"));
  CHECK(pipeline.flow().count("queue") == 0);
}
