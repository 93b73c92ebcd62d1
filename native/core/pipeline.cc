#include "core/pipeline.h"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "core/element_group.h"
#include "core/error.h"
#include "core/property.h"
#include "core/runtime.h"

namespace teecam {

namespace {

constexpr std::array kSecretProperties = {"user-pw", "password", "passphrase"};

/// What may be asked for a password has one, or an address with one in it, in properties that a drawing
/// shows.
bool mayHoldPassword(GstBin* bin) {
  const auto lacksThem = [](gconstpointer item, gconstpointer) {
    GObject* element = G_OBJECT(g_value_get_object(static_cast<const GValue*>(item)));
    const bool found = std::ranges::any_of(kSecretProperties, [element](const char* property) {
      return g_object_class_find_property(G_OBJECT_GET_CLASS(element), property) != nullptr;
    });
    return found ? 0 : 1;
  };
  GstIterator* elements = gst_bin_iterate_recurse(bin);
  GValue first = G_VALUE_INIT;
  const bool found = gst_iterator_find_custom(elements, lacksThem, &first, nullptr) != FALSE;
  if (found) g_value_unset(&first);
  gst_iterator_free(elements);
  return found;
}

/// As gst-launch does, for GST_DEBUG_DUMP_DOT_DIR: on every change of the pipeline's state, and on errors.
void dumpGraph(GstMessage* message) {
  GstObject* from = GST_MESSAGE_SRC(message);
  const bool error = GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR;
  const bool changed = GST_MESSAGE_TYPE(message) == GST_MESSAGE_STATE_CHANGED && GST_IS_PIPELINE(from);
  if (from == nullptr || (!error && !changed)) return;
  ObjectPtr<GstObject> top(GST_OBJECT(gst_object_ref(from)));
  while (GstObject* parent = gst_object_get_parent(top.get())) top.reset(parent);
  if (!GST_IS_BIN(top.get())) return;
  std::string what = "ERROR";
  if (changed) {
    GstState before = GST_STATE_NULL, now = GST_STATE_NULL;
    gst_message_parse_state_changed(message, &before, &now, nullptr);
    what = std::string(gst_element_state_get_name(before)) + "_" + gst_element_state_get_name(now);
  }
  const StringPtr name(gst_object_get_name(top.get()));
  const std::string file = std::string(name.get()) + "." + what;
  const int details = mayHoldPassword(GST_BIN(top.get()))
                          ? GST_DEBUG_GRAPH_SHOW_ALL & ~GST_DEBUG_GRAPH_SHOW_NON_DEFAULT_PARAMS
                          : GST_DEBUG_GRAPH_SHOW_ALL;
  GST_DEBUG_BIN_TO_DOT_FILE_WITH_TS(GST_BIN(top.get()), static_cast<GstDebugGraphDetails>(details),
                                    file.c_str());
}

}  // namespace

Pipeline::Pipeline(const std::string& name, const Graph& graph)
    : pipeline_(GST_ELEMENT(gst_object_ref_sink(gst_pipeline_new(name.c_str())))) {
  for (const auto& node : graph.nodes) {
    const auto made = makeElement(node);
    if (!gst_bin_add(GST_BIN(pipeline_.get()), made.get())) {
      throw CoreError("bad-plan", "two nodes are called '" + node.id + "'");
    }
  }
  for (const auto& [from, to] : graph.links) linkElements(element(from), element(to));
}

Pipeline::~Pipeline() {
  unwatch();
  gst_element_set_state(pipeline_.get(), GST_STATE_NULL);
}

GstElement* Pipeline::find(const std::string& id) const {
  // the pipeline keeps it alive
  return ObjectPtr<GstElement>(gst_bin_get_by_name(GST_BIN(pipeline_.get()), id.c_str())).get();
}

GstElement* Pipeline::element(const std::string& id) const {
  if (GstElement* found = find(id)) return found;
  throw CoreError("bad-plan", "the graph has no node '" + id + "'");
}

void Pipeline::setProperty(const std::string& id, const std::string& property,
                           const std::string& value) const {
  try {
    setPropertyFromText(G_OBJECT(element(id)), property, value);
  } catch (const std::invalid_argument& error) {
    throw CoreError("bad-plan", "node '" + id + "': " + error.what());
  }
}

void Pipeline::useTime(GstClock* clock, GstClockTime baseTime) {
  gst_pipeline_use_clock(GST_PIPELINE(pipeline_.get()), clock);
  gst_element_set_start_time(pipeline_.get(), GST_CLOCK_TIME_NONE);
  gst_element_set_base_time(pipeline_.get(), baseTime);
}

void Pipeline::watch(std::function<void(GstMessage*)> handler) {
  ObjectPtr<GstBus> bus(gst_element_get_bus(pipeline_.get()));
  watch_ = gst_bus_create_watch(bus.get());
  using Handler = std::function<void(GstMessage*)>;
  const GstBusFunc dispatch = [](GstBus*, GstMessage* message, gpointer data) -> gboolean {
    dumpGraph(message);
    constexpr int wanted = GST_MESSAGE_ERROR | GST_MESSAGE_WARNING | GST_MESSAGE_EOS;
    if ((GST_MESSAGE_TYPE(message) & wanted) == 0) return G_SOURCE_CONTINUE;
    try {
      (*static_cast<Handler*>(data))(message);
    } catch (const std::exception& error) {
      g_critical("on a bus message: %s", error.what());
    }
    return G_SOURCE_CONTINUE;
  };
  g_source_set_callback(watch_, G_SOURCE_FUNC(reinterpret_cast<void (*)()>(dispatch)),
                        new Handler(std::move(handler)),
                        [](gpointer data) { delete static_cast<Handler*>(data); });
  g_source_attach(watch_, Runtime::get().context());
}

void Pipeline::unwatch() {
  GSource* source = std::exchange(watch_, nullptr);
  if (source == nullptr) return;
  g_source_destroy(source);
  g_source_unref(source);
}

MessagePtr Pipeline::popError() const {
  ObjectPtr<GstBus> bus(gst_element_get_bus(pipeline_.get()));
  return MessagePtr(gst_bus_pop_filtered(bus.get(), GST_MESSAGE_ERROR));
}

}  // namespace teecam
