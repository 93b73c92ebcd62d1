#include "core/element_group.h"

#include <gst/base/gstbasesink.h>

#include <algorithm>
#include <stdexcept>

#include "core/error.h"
#include "core/flow_meter.h"
#include "core/property.h"
#include "core/session_streams.h"
#include "core/source_fault.h"

namespace teecam {

namespace {

bool hasTemplate(GstElement* element, GstPadDirection direction, GstPadPresence presence) {
  for (GList* item = gst_element_get_pad_template_list(element); item != nullptr; item = item->next) {
    auto* pad = static_cast<GstPadTemplate*>(item->data);
    if (GST_PAD_TEMPLATE_DIRECTION(pad) == direction && GST_PAD_TEMPLATE_PRESENCE(pad) == presence)
      return true;
  }
  return false;
}

/// Caps of the first pad in this direction, for the sentence about a link that failed.
std::string capsOf(GstElement* element, GstPadDirection direction) {
  GList* pads = direction == GST_PAD_SRC ? element->srcpads : element->sinkpads;
  if (pads == nullptr) return "nothing";
  CapsPtr caps(gst_pad_query_caps(GST_PAD(pads->data), nullptr));
  return StringPtr(gst_caps_to_string(caps.get())).get();
}

/// A pad of decodebin's kind has appeared: link it if the target understands it and is not linked yet.
void linkAppearedPad(GstElement*, GstPad* pad, gpointer target) {
  if (GST_PAD_IS_SINK(pad)) return;
  CapsPtr caps(gst_pad_query_caps(pad, nullptr));
  ObjectPtr<GstPad> sink(gst_element_get_compatible_pad(GST_ELEMENT(target), pad, caps.get()));
  if (sink != nullptr) gst_pad_link(pad, sink.get());  // an audio track finds no pad and stays unlinked
}

/// Described in the words of gst-launch; the last one gives. What follows it takes formats and pads that come
/// later, which could not stand at the end.
ObjectPtr<GstElement> makeBin(const GraphNode& node) {
  const auto description = node.properties.find("description");
  if (description == node.properties.end())
    throw CoreError("bad-plan", "the bin '" + node.id + "' has no description");
  const std::string text = description->second + " ! identity silent=true";
  GError* raised = nullptr;
  GstElement* made =
      gst_parse_bin_from_description_full(text.c_str(), TRUE, nullptr, GST_PARSE_FLAG_FATAL_ERRORS, &raised);
  const ErrorPtr error(raised);
  if (made == nullptr) {
    const bool missing = g_error_matches(raised, GST_PARSE_ERROR, GST_PARSE_ERROR_NO_SUCH_ELEMENT);
    throw CoreError(missing ? "missing-element" : "failed",
                    "the elements behind gst: " + withoutCredentials(error->message));
  }
  ObjectPtr<GstElement> bin(GST_ELEMENT(gst_object_ref_sink(made)));
  gst_object_set_name(GST_OBJECT(made), node.id.c_str());
  return bin;
}

void unrefClosure(gpointer object, GClosure*) {
  gst_object_unref(object);
}

}  // namespace

ObjectPtr<GstElement> makeElement(const GraphNode& node) {
  if (node.element == "bin") return makeBin(node);
  GstElement* made = gst_element_factory_make(node.element.c_str(), node.id.c_str());
  if (made == nullptr) {
    throw CoreError("missing-element", "GStreamer has no element '" + node.element + "' (node '" + node.id +
                                           "'): a plugin is not installed");
  }
  ObjectPtr<GstElement> element(GST_ELEMENT(gst_object_ref_sink(made)));
  meterElement(made);
  takeVideoOnly(made);
  try {
    for (const auto& [property, value] : node.properties)
      setPropertyFromText(G_OBJECT(made), property, value);
  } catch (const std::invalid_argument& error) {
    throw CoreError("bad-plan", "node '" + node.id + "': " + error.what());
  }
  return element;
}

void linkElements(GstElement* from, GstElement* to) {
  const bool later = !hasTemplate(from, GST_PAD_SRC, GST_PAD_ALWAYS) &&
                     !hasTemplate(from, GST_PAD_SRC, GST_PAD_REQUEST) &&
                     hasTemplate(from, GST_PAD_SRC, GST_PAD_SOMETIMES);
  if (later) {
    g_signal_connect_data(from, "pad-added", G_CALLBACK(linkAppearedPad), gst_object_ref(to), unrefClosure,
                          GConnectFlags(0));
    return;
  }
  if (gst_element_link(from, to)) return;
  throw CoreError("bad-plan", "'" + std::string(GST_OBJECT_NAME(from)) + "' cannot be linked to '" +
                                  GST_OBJECT_NAME(to) + "': it gives " + capsOf(from, GST_PAD_SRC) +
                                  "; wanted is " + capsOf(to, GST_PAD_SINK));
}

ElementGroup::ElementGroup(const std::vector<GraphNode>& nodes, const std::vector<GraphLink>& links,
                           const std::function<GstElement*(const std::string&)>& outside) {
  for (const auto& node : nodes) {
    if (find(node.id) != nullptr || outside(node.id) != nullptr) {
      throw CoreError("bad-plan", "two nodes are called '" + node.id + "'");
    }
    entries_.push_back({node.id, makeElement(node)});
  }
  for (const auto& link : links) {
    GstElement* to = find(link.to);
    if (to == nullptr) throw CoreError("bad-plan", "the change adds no node '" + link.to + "'");
    GstElement* from = find(link.from);
    if (from != nullptr) linkElements(from, to);
    if (from == nullptr) from = outside(link.from);
    if (from == nullptr) throw CoreError("bad-plan", "the graph has no node '" + link.from + "'");
    links_.push_back({ObjectPtr<GstElement>(GST_ELEMENT(gst_object_ref(from))), to});
  }
}

ElementGroup::~ElementGroup() {
  std::for_each(entries_.rbegin(), entries_.rend(), [](const Entry& entry) {
    gst_element_set_state(entry.element.get(), GST_STATE_NULL);
    gst_element_set_bus(entry.element.get(), nullptr);
  });
}

GstElement* ElementGroup::find(const std::string& id) const {
  const auto found = std::ranges::find(entries_, id, &Entry::id);
  return found == entries_.end() ? nullptr : found->element.get();
}

void ElementGroup::open(GstClock* clock, GstClockTime baseTime) {
  ObjectPtr<GstBus> bus(gst_bus_new());
  for (const auto& entry : entries_) {
    gst_element_set_bus(entry.element.get(), bus.get());
    gst_element_set_clock(entry.element.get(), clock);
    gst_element_set_base_time(entry.element.get(), baseTime);
  }
  for (auto entry = entries_.rbegin(); entry != entries_.rend(); ++entry) {
    GstElement* element = entry->element.get();
    if (gst_element_set_state(element, GST_STATE_PAUSED) != GST_STATE_CHANGE_FAILURE) continue;
    const MessagePtr error(gst_bus_pop_filtered(bus.get(), GST_MESSAGE_ERROR));
    throw CoreError(
        GST_IS_BASE_SINK(element) ? "ring-unusable" : "bad-plan",
        error != nullptr ? classifyFault(error.get(), false).detail : "'" + entry->id + "' does not start");
  }
}

void ElementGroup::join(GstBin* pipeline) {
  // This takes their links apart.
  for (const auto& [id, element] : entries_) gst_bin_add(pipeline, element.get());
  for (auto entry = entries_.rbegin(); entry != entries_.rend(); ++entry) {
    gst_element_sync_state_with_parent(entry->element.get());
  }
  for (auto link = links_.rbegin(); link != links_.rend(); ++link) linkElements(link->from.get(), link->to);
  entries_.clear();
}

}  // namespace teecam
