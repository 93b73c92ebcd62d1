// Thread: the test's.
// Owns: a pipeline from an appsrc `in`, and what its appsink `out`, if it has one, received.
// Ends: the destructor stops the pipeline.
#pragma once

#include <doctest/doctest.h>
#include <gst/app/app.h>
#include <gst/gst.h>
#include <gst/video/video.h>

#include <chrono>
#include <functional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "core/ring_sink.h"

namespace teecam::test {

inline void initGst() {
  static const bool done = [] {
    gst_init(nullptr, nullptr);
    registerElements();
    return true;
  }();
  CHECK(done);
}

/// Until `condition` holds, twenty seconds at most; whether it did.
inline bool eventually(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

class TestPipeline {
 public:
  explicit TestPipeline(const std::string& description) {
    initGst();
    GError* error = nullptr;
    pipeline_ = gst_parse_launch(description.c_str(), &error);
    if (error) {
      const std::string text = error->message;
      g_error_free(error);
      throw std::runtime_error(text);
    }
    in_ = gst_bin_get_by_name(GST_BIN(pipeline_), "in");
    if (in_) g_object_set(in_, "format", GST_FORMAT_TIME, "max-bytes", guint64{0}, nullptr);
  }
  ~TestPipeline() {
    gst_element_set_state(pipeline_, GST_STATE_NULL);
    if (in_) gst_object_unref(in_);
    gst_object_unref(pipeline_);
  }
  TestPipeline(const TestPipeline&) = delete;
  TestPipeline& operator=(const TestPipeline&) = delete;

  GstElement* get() { return pipeline_; }
  /// Valid as long as the pipeline.
  GstElement* element(const char* name) {
    GstElement* found = gst_bin_get_by_name(GST_BIN(pipeline_), name);
    REQUIRE(found);
    gst_object_unref(found);
    return found;
  }
  void play() { REQUIRE(gst_element_set_state(pipeline_, GST_STATE_PLAYING) != GST_STATE_CHANGE_FAILURE); }
  void caps(const std::string& text) {
    GstCaps* caps = gst_caps_from_string(text.c_str());
    gst_app_src_set_caps(GST_APP_SRC(in_), caps);
    gst_caps_unref(caps);
  }
  void push(GstBuffer* buffer) { REQUIRE(gst_app_src_push_buffer(GST_APP_SRC(in_), buffer) == GST_FLOW_OK); }
  /// Empty buffer of `size` bytes.
  void push(GstClockTime pts, std::size_t size = 16) {
    GstBuffer* buffer = gst_buffer_new_allocate(nullptr, size, nullptr);
    gst_buffer_memset(buffer, 0, 0, size);
    GST_BUFFER_PTS(buffer) = pts;
    push(buffer);
  }
  /// Ends the stream and waits until the end has come through. The error's text, or "".
  std::string finish() {
    gst_app_src_end_of_stream(GST_APP_SRC(in_));
    return waitForEnd();
  }
  std::string waitForEnd() {
    GstBus* bus = gst_element_get_bus(pipeline_);
    GstMessage* message = gst_bus_timed_pop_filtered(
        bus, 10 * GST_SECOND, static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR));
    gst_object_unref(bus);
    std::string text = message ? "" : "no end within ten seconds";
    if (message && GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR) {
      GError* error = nullptr;
      gst_message_parse_error(message, &error, nullptr);
      text = error->message;
      g_error_free(error);
    }
    if (message) gst_message_unref(message);
    return text;
  }

 private:
  GstElement* pipeline_ = nullptr;
  GstElement* in_ = nullptr;
};

}  // namespace teecam::test
