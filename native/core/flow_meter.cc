#include "core/flow_meter.h"

#include <atomic>
#include <memory>
#include <string_view>

#include "core/gst_ptr.h"
#include "core/ring_sink.h"

namespace teecam {

namespace {

struct Counter {
  std::atomic<std::uint64_t> entered{0};
  std::atomic<std::uint64_t> overruns{0};
};
/// A probe may run a last time while its element is let go of.
using SharedCounter = std::shared_ptr<Counter>;

GQuark counterQuark() {
  static const GQuark quark = g_quark_from_static_string("teecam-flow-counter");
  return quark;
}

void release(gpointer counter) {
  delete static_cast<SharedCounter*>(counter);
}

GstPadProbeReturn countEntered(GstPad*, GstPadProbeInfo* info, gpointer data) {
  const bool list = (GST_PAD_PROBE_INFO_TYPE(info) & GST_PAD_PROBE_TYPE_BUFFER_LIST) != 0;
  const guint buffers = list ? gst_buffer_list_length(GST_PAD_PROBE_INFO_BUFFER_LIST(info)) : 1;
  (*static_cast<SharedCounter*>(data))->entered.fetch_add(buffers, std::memory_order_relaxed);
  return GST_PAD_PROBE_OK;
}

/// A leaky queue says it once for each buffer that it drops; one that is not leaky says it and waits.
void countOverrun(GstElement*, gpointer data) {
  (*static_cast<SharedCounter*>(data))->overruns.fetch_add(1, std::memory_order_relaxed);
}

bool isLeakyQueue(GstElement* element) {
  if (std::string_view(G_OBJECT_TYPE_NAME(element)) != "GstQueue") return false;
  gint leaky = 0;
  g_object_get(element, "leaky", &leaky, nullptr);
  return leaky != 0;
}

NodeFlow read(GstElement* element, const Counter& counter) {
  NodeFlow flow{counter.entered.load(std::memory_order_relaxed), 0};
  if (G_OBJECT_TYPE(element) == ringSinkType()) {
    flow.lost = ringSinkStats(element).dropped;
  } else if (isLeakyQueue(element)) {
    flow.lost = counter.overruns.load(std::memory_order_relaxed);
  }
  return flow;
}

}  // namespace

void meterElement(GstElement* element) {
  if (element->sinkpads == nullptr) return;
  auto* sink = GST_PAD(element->sinkpads->data);  // the first is the picture's, where there are more
  const auto counter = std::make_shared<Counter>();
  constexpr auto buffers =
      static_cast<GstPadProbeType>(GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST);
  gst_pad_add_probe(sink, buffers, countEntered, new SharedCounter(counter), release);
  if (g_signal_lookup("overrun", G_OBJECT_TYPE(element)) != 0) {
    g_signal_connect_data(
        element, "overrun", G_CALLBACK(countOverrun), new SharedCounter(counter),
        [](gpointer data, GClosure*) { release(data); }, GConnectFlags(0));
  }
  g_object_set_qdata_full(G_OBJECT(element), counterQuark(), new SharedCounter(counter), release);
}

Flow flowOf(GstBin* bin) {
  Flow flow;
  const auto add = [](const GValue* item, gpointer data) {
    auto* element = static_cast<GstElement*>(g_value_get_object(item));
    const auto* counter =
        static_cast<const SharedCounter*>(g_object_get_qdata(G_OBJECT(element), counterQuark()));
    if (counter == nullptr) return;
    const StringPtr name(gst_element_get_name(element));
    (*static_cast<Flow*>(data))[name.get()] = read(element, **counter);
  };
  GstIterator* elements = gst_bin_iterate_elements(bin);
  while (gst_iterator_foreach(elements, add, &flow) == GST_ITERATOR_RESYNC) gst_iterator_resync(elements);
  gst_iterator_free(elements);
  return flow;
}

}  // namespace teecam
