// Runs the tests. With GST_TRACERS=leaks, an object of GStreamer that is left at the end fails them.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>
#include <gst/gst.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

GstTracer* leaksTracer() {
  GList* tracers = gst_tracing_get_active_tracers();
  GstTracer* found = nullptr;
  for (GList* item = tracers; item != nullptr; item = item->next) {
    if (std::strcmp(G_OBJECT_TYPE_NAME(item->data), "GstLeaksTracer") == 0) found = GST_TRACER(item->data);
  }
  g_list_free_full(tracers, gst_object_unref);
  return found;
}

void keepLine(GstDebugCategory*, GstDebugLevel, const gchar*, const gchar*, gint, GObject*,
              GstDebugMessage* message, gpointer lines) {
  const std::string_view line = gst_debug_message_get(message);
  if (line.starts_with("object-alive") && line.find("GstElementFactory") == line.npos)
    static_cast<std::vector<std::string>*>(lines)->emplace_back(line);
}

/// What the tracer finds alive when GStreamer ends. The log is the way to know: its list takes a share of
/// objects that it does not have. Factories of elements that were registered by hand stay.
bool leaked() {
  GstTracer* tracer = gst_is_initialized() ? leaksTracer() : nullptr;
  if (tracer == nullptr) return false;
  std::vector<std::string> left;
  gst_debug_remove_log_function(gst_debug_log_default);
  gst_debug_add_log_function(keepLine, &left, nullptr);
  gst_debug_set_threshold_for_name("GST_TRACER", GST_LEVEL_TRACE);
  // Threads of the last test may still be letting go of a pipeline.
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  const auto isPipeline = [](const std::string& line) {
    return line.find("(string)GstPipeline,") != line.npos;
  };
  do {
    left.clear();
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    g_signal_emit_by_name(tracer, "log-live-objects");
  } while (std::ranges::any_of(left, isPipeline) && std::chrono::steady_clock::now() < deadline);
  left.clear();
  gst_deinit();
  for (const auto& line : left) std::fprintf(stderr, "left: %s\n", line.c_str());
  std::printf("[leaks] %zu objects of GStreamer are left\n", left.size());
  return !left.empty();
}

}  // namespace

int main(int count, char** words) {
  doctest::Context context(count, words);
  const int result = context.run();
  return !context.shouldExit() && leaked() ? 1 : result;
}
