#include <doctest/doctest.h>
#include <gst/app/gstappsink.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "core/error.h"
#include "core/gst_ptr.h"
#include "core/plan_probe.h"
#include "core/source_fault.h"
#include "gst_fixture.h"
#include "http_server_fixture.h"

using namespace teecam;
using namespace teecam::test;
using teecam::test::eventually;

namespace {

/// One grey JPEG.
std::string jpeg() {
  initGst();
  TestPipeline pipeline(
      "videotestsrc num-buffers=1 pattern=gradient ! video/x-raw,format=I420,width=64,height=48 ! jpegenc ! "
      "appsink name=out sync=false");
  pipeline.play();
  const SamplePtr sample(gst_app_sink_pull_sample(GST_APP_SINK(pipeline.element("out"))));
  REQUIRE(sample);
  GstMapInfo map;
  REQUIRE(gst_buffer_map(gst_sample_get_buffer(sample.get()), &map, GST_MAP_READ));
  const std::string bytes(reinterpret_cast<const char*>(map.data), map.size);
  gst_buffer_unmap(gst_sample_get_buffer(sample.get()), &map);
  return bytes;
}

/// What a camera with this address shows.
class HttpCamera {
 public:
  explicit HttpCamera(const std::string& address, const std::string& rate = "1000/1", const char* more = "")
      : pipeline_("teecamhttpsrc timeout=4 location=" + address + " max-framerate=" + rate + " " + more +
                  " ! jpegparse ! jpegdec ! appsink name=out sync=false enable-last-sample=false") {
    GstAppSinkCallbacks callbacks{};
    callbacks.new_sample = [](GstAppSink* sink, gpointer self) {
      static_cast<HttpCamera*>(self)->keep(SamplePtr(gst_app_sink_pull_sample(sink)).get());
      return GST_FLOW_OK;
    };
    gst_app_sink_set_callbacks(GST_APP_SINK(pipeline_.element("out")), &callbacks, this, nullptr);
    pipeline_.play();
  }

  std::vector<GstClockTime> pictures() {
    std::lock_guard guard(lock_);
    return pictures_;
  }
  SourceFault fault(bool wasLive = false) {
    const ObjectPtr<GstBus> bus(gst_element_get_bus(pipeline_.get()));
    const MessagePtr message(gst_bus_timed_pop_filtered(bus.get(), 10 * GST_SECOND, GST_MESSAGE_ERROR));
    REQUIRE(message);
    return classifyFault(message.get(), wasLive);
  }

 private:
  void keep(GstSample* sample) {
    std::lock_guard guard(lock_);
    pictures_.push_back(GST_BUFFER_PTS(gst_sample_get_buffer(sample)));
  }

  std::mutex lock_;
  std::vector<GstClockTime> pictures_;
  TestPipeline pipeline_;
};

bool rising(const std::vector<GstClockTime>& times) {
  return std::is_sorted(times.begin(), times.end(), std::less_equal<>());
}

}  // namespace

TEST_CASE("the address of a picture is asked again and again, over one connection") {
  const std::string picture = response("200 OK", "image/jpeg", jpeg());
  HttpServer server([&](int) { return picture; });
  HttpCamera camera(server.address());
  REQUIRE(eventually([&] { return camera.pictures().size() >= 10; }));
  CHECK(server.connections() == 1);
  const auto times = camera.pictures();
  CHECK(times.front() != GST_CLOCK_TIME_NONE);
  CHECK(rising(times));
}

TEST_CASE("no faster than it was told") {
  const std::string picture = response("200 OK", "image/jpeg", jpeg());
  HttpServer server([&](int) { return picture; });
  HttpCamera camera(server.address(), "10/1");
  REQUIRE(eventually([&] { return camera.pictures().size() >= 5; }));
  CHECK(camera.pictures()[4] >= 400 * GST_MSECOND);  // counted from when it began to play
}

TEST_CASE("MJPEG gives each picture, one that ends is asked for again") {
  const std::string one = jpeg();
  std::string parts;
  for (int i = 0; i < 3; i++) parts += "--x\r\nContent-Type: image/jpeg\r\n\r\n" + one + "\r\n";
  const std::string stream = response("200 OK", "multipart/x-mixed-replace; boundary=x", parts);
  HttpServer server([&](int) { return stream; });
  HttpCamera camera(server.address());
  REQUIRE(eventually([&] { return camera.pictures().size() >= 12; }));
  CHECK(server.requests() >= 4);
}

TEST_CASE("what has been asked for is answered before the client goes, if the server answers at all") {
  const std::string picture = response("200 OK", "image/jpeg", jpeg());
  std::atomic<bool> answers = false;
  HttpServer server([&](int) {
    eventually([&] { return answers.load(); });
    return picture;
  });
  const auto asked = [&](TestPipeline& pipeline) {
    const int before = server.requests();
    pipeline.play();
    REQUIRE(eventually([&] { return server.requests() > before; }));
  };
  const std::string client = "teecamhttpsrc location=" + server.address() + " ! fakesink async=false";
  {
    TestPipeline silent(client);
    asked(silent);
    gst_element_set_state(silent.get(), GST_STATE_NULL);
    CHECK_FALSE(answers);
  }
  TestPipeline pipeline(client);
  asked(pipeline);
  answers = true;
  gst_element_set_state(pipeline.get(), GST_STATE_READY);
  const ObjectPtr<GstBus> bus(gst_element_get_bus(pipeline.get()));
  const MessagePtr headers(gst_bus_pop_filtered(bus.get(), GST_MESSAGE_ELEMENT));
  REQUIRE(headers);
  CHECK(gst_message_has_name(headers.get(), "http-headers"));
}

TEST_CASE("a picture that breaks off costs itself, not the next one") {
  const std::string whole = jpeg();
  HttpServer server([&](int request) {
    return response("200 OK", "image/jpeg", request % 2 == 0 ? whole : whole.substr(0, whole.size() / 2));
  });
  HttpCamera camera(server.address());
  REQUIRE(eventually([&] { return camera.pictures().size() >= 5; }));
  CHECK(server.requests() >= 10);
}

TEST_CASE("a picture without an end is not waited for") {
  const std::string whole = jpeg();
  HttpServer server([&](int) {
    return response("200 OK", "image/jpeg", whole.substr(0, whole.size() - 2) + std::string(33 << 20, 'x'));
  });
  HttpCamera camera(server.address());
  const SourceFault fault = camera.fault();
  CHECK(fault.reason == "format-refused");
  CHECK(fault.detail.find("no whole picture") != std::string::npos);
}

TEST_CASE("pictures together may be larger than one may be") {
  const std::string whole = jpeg();
  std::string comments;
  for (int i = 0; i < 80; i++) comments += "\xff\xfe\xff\xff" + std::string(65533, 'x');
  HttpServer server(
      [&](int) { return response("200 OK", "image/jpeg", whole.substr(0, 2) + comments + whole.substr(2)); });
  HttpCamera camera(server.address());
  REQUIRE(eventually([&] { return camera.pictures().size() * comments.size() > 40 << 20; }));
}

TEST_CASE("what the server refuses is told by its number, and not asked again") {
  struct {
    std::string status;
    std::string reason;
  } const cases[] = {{"401 Unauthorized", "refused"},
                     {"403 Forbidden", "refused"},
                     {"404 Not Found", "no-device"},
                     {"503 Service Unavailable", "busy"},
                     {"500 Internal Server Error", "failed"}};
  for (const auto& one : cases) {
    CAPTURE(one.status);
    HttpServer server([&](int) { return response(one.status, "text/plain", "no"); });
    HttpCamera camera(server.address(), "1000/1", "user-id=joe user-pw=hush");
    const SourceFault fault = camera.fault();
    CHECK(fault.reason == one.reason);
    CHECK(fault.detail.find("hush") == std::string::npos);
    CHECK(fault.detail.find(one.status.substr(0, 3)) != std::string::npos);
    CHECK(server.requests() == 1);
  }
}

TEST_CASE("a page is no camera, and nothing is no camera either") {
  HttpServer server([&](int) { return response("200 OK", "text/html; charset=utf-8", "<html></html>"); });
  {
    HttpCamera camera(server.address());
    const SourceFault fault = camera.fault();
    CHECK(fault.reason == "format-refused");
    CHECK(fault.detail.find("gives text/html") != std::string::npos);
  }
  HttpCamera nobody("http://127.0.0.1:1/");
  const SourceFault fault = nobody.fault();
  CHECK(fault.reason == "unreachable");
  CHECK(fault.detail == "127.0.0.1:1 does not answer");
}

namespace {

/// Each linked to the next, and to an appsink.
SourcePlan playing(std::vector<GraphNode> nodes) {
  nodes.push_back({"outlet", "appsink", {{"sync", "false"}}});
  SourcePlan plan;
  plan.outlet = "outlet";
  for (std::size_t i = 1; i < nodes.size(); i++) plan.graph.links.push_back({nodes[i - 1].id, nodes[i].id});
  plan.graph.nodes = std::move(nodes);
  return plan;
}

SourcePlan playingPictures(const std::string& address) {
  return playing({{"camera", "teecamhttpsrc", {{"location", address}}}, {"pictures", "jpegparse", {}}});
}

}  // namespace

TEST_CASE("what a plan delivers is known with its first frames") {
  const std::string picture = response("200 OK", "image/jpeg", jpeg());
  HttpServer server([&](int) { return picture; });
  const auto formats = deliveredFormats(playingPictures(server.address()));
  REQUIRE(formats.size() == 1);
  CHECK(formats[0].format == "JPEG");
  CHECK(formats[0].width == 64);
  CHECK(formats[0].height == 48);

  const std::string size = "video/x-raw,width=64,height=48,framerate=5/1";
  const std::vector<GraphNode> camera = {{"camera", "videotestsrc", {}},
                                         {"size", "capsfilter", {{"caps", size}}}};
  CHECK(deliveredFormats(playing(camera)).empty());
  const auto h264 = [&](const GraphNode& encoder) {
    auto nodes = camera;
    nodes.insert(nodes.end(), {{"i420", "capsfilter", {{"caps", "video/x-raw,format=I420"}}}, encoder});
    nodes.push_back({"parse", "h264parse", {}});
    return deliveredFormats(playing(nodes));
  };
  CHECK(h264({"encode", "x264enc", {{"bframes", "0"}}}).size() == 2);
  CHECK(h264({"encode", "x264enc", {{"bframes", "2"}, {"b-adapt", "false"}}}).empty());
  const auto encoded = h264({"encode", "openh264enc", {}});
  REQUIRE(encoded.size() == 2);
  CHECK(encoded[0].media == "video/x-raw");
  CHECK(encoded[1].format == "H264");
  CHECK(encoded[1].width == 64);
  REQUIRE(encoded[1].framerates.size() == 1);
  CHECK(encoded[1].framerates[0].num == 5);
}

TEST_CASE("a plan that plays nothing says why") {
  HttpServer server([](int) { return response("401 Unauthorized", "text/plain", "no"); });
  const auto reasonOf = [](const SourcePlan& plan) {
    try {
      deliveredFormats(plan);
      return std::string();
    } catch (const CoreError& error) {
      return error.code();
    }
  };
  CHECK(reasonOf(playingPictures(server.address())) == "refused");
  CHECK(reasonOf(playingPictures("http://127.0.0.1:1/")) == "unreachable");
  CHECK(reasonOf(playing({{"camera", "videotestsrc", {{"num-buffers", "0"}}}})) == "corrupt");
}

TEST_CASE("a password can be set, and not read back") {
  initGst();
  const ObjectPtr<GstElement> element(
      GST_ELEMENT(gst_object_ref_sink(gst_element_factory_make("teecamhttpsrc", nullptr))));
  const GParamSpec* spec = g_object_class_find_property(G_OBJECT_GET_CLASS(element.get()), "user-pw");
  REQUIRE(spec);
  CHECK((spec->flags & G_PARAM_READABLE) == 0);
}
