#include "core/pipeline.h"

#include <doctest/doctest.h>

#include <string>

#include "core/error.h"
#include "core/runtime.h"

using namespace teecam;

namespace {

/// The code and the sentence of what building this graph throws; empty if it is built.
std::string refusal(const Graph& graph) {
  Runtime::get();
  try {
    Pipeline pipeline("test", graph);
    return "";
  } catch (const CoreError& error) {
    return error.code() + ": " + error.what();
  }
}

}  // namespace

TEST_CASE("a graph that is right is built") {
  CHECK(refusal({{{"a", "videotestsrc", {{"is-live", "true"}, {"pattern", "ball"}}},
                  {"b", "capsfilter", {{"caps", "video/x-raw,width=320"}}},
                  {"c", "fakesink", {}}},
                 {{"a", "b"}, {"b", "c"}}}) == "");
}

TEST_CASE("a graph that is wrong is refused with node and property") {
  CHECK(refusal({{{"a", "no-such-element", {}}}, {}}) ==
        "missing-element: GStreamer has no element 'no-such-element' (node 'a'): a plugin is not installed");
  CHECK(refusal({{{"a", "videotestsrc", {{"colour", "red"}}}}, {}}) ==
        "bad-plan: node 'a': GstVideoTestSrc has no property 'colour'");
  CHECK(refusal({{{"a", "videotestsrc", {{"pattern", "zebra"}}}}, {}}) ==
        "bad-plan: node 'a': property 'pattern' of GstVideoTestSrc does not take 'zebra'");
  CHECK(refusal({{{"a", "x264enc", {{"bitrate", "-5"}}}}, {}}) ==
        "bad-plan: node 'a': property 'bitrate' of GstX264Enc does not take '-5'");
  CHECK(refusal({{{"a", "capsfilter", {{"caps", "video/x-raw,width="}}}}, {}}).find("bad-plan: node 'a'") ==
        0);
  CHECK(refusal({{{"a", "fakesink", {}}, {"a", "fakesink", {}}}, {}}) ==
        "bad-plan: two nodes are called 'a'");
  CHECK(refusal({{{"a", "videotestsrc", {}}}, {{"a", "b"}}}) == "bad-plan: the graph has no node 'b'");
}

TEST_CASE("a link that fails names what both sides want") {
  const std::string said =
      refusal({{{"a", "capsfilter", {{"caps", "video/x-raw"}}}, {"b", "h264parse", {}}}, {{"a", "b"}}});
  CHECK(said.find("bad-plan: 'a' cannot be linked to 'b': it gives video/x-raw; wanted is video/x-h264") ==
        0);
}

TEST_CASE("a path is set as it is, quotes and all") {
  Runtime::get();
  Pipeline pipeline("test", {{{"a", "filesrc", {{"location", "/tmp/\"a\" b"}}}}, {}});
  gchar* location = nullptr;
  g_object_get(pipeline.element("a"), "location", &location, nullptr);
  CHECK(std::string(StringPtr(location).get()) == "/tmp/\"a\" b");
}
