#include "core/removal.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>

#include "core/error.h"

namespace teecam {

namespace {

/// A tee hands a frame to queues that never wait; a query for memory may wait for an encoder's frame.
constexpr std::chrono::seconds kDetachLimit{3};

std::string nameOf(GstPad* pad) {
  ObjectPtr<GstElement> element(gst_pad_get_parent_element(pad));
  return element == nullptr ? "" : GST_OBJECT_NAME(element.get());
}

}  // namespace

/// Where a subtree hangs on its tee.
struct Removal::Cut {
  ObjectPtr<GstPad> tee;
  ObjectPtr<GstPad> head;
  std::mutex lock;  // guards the state; the probe may come late, when nobody waits any more
  std::condition_variable changed;
  enum { linked, wanted, done } state = linked;

  static GstPadProbeReturn make(GstPad*, GstPadProbeInfo*, gpointer data) {
    const std::shared_ptr<Cut> cut = *static_cast<std::shared_ptr<Cut>*>(data);
    const std::lock_guard guard(cut->lock);
    if (cut->state == wanted) {
      gst_pad_unlink(cut->tee.get(), cut->head.get());
      cut->state = done;
      cut->changed.notify_all();
    }
    return GST_PAD_PROBE_REMOVE;
  }

  /// At once when no frame is on its way through the pad, else right behind it.
  bool wait(const std::shared_ptr<Cut>& self) {
    {
      const std::lock_guard guard(lock);
      state = wanted;
    }
    gst_pad_add_probe(tee.get(), GST_PAD_PROBE_TYPE_IDLE, make, new std::shared_ptr<Cut>(self),
                      [](gpointer data) { delete static_cast<std::shared_ptr<Cut>*>(data); });
    std::unique_lock guard(lock);
    if (changed.wait_for(guard, kDetachLimit, [this] { return state == done; })) return true;
    state = linked;
    return false;
  }

  void undo() {
    const std::lock_guard guard(lock);
    if (state == done) gst_pad_link(tee.get(), head.get());
    state = linked;
  }
};

Removal::Removal(const Pipeline& pipeline, const std::vector<std::string>& ids)
    : pipeline_(GST_BIN(pipeline.get())) {
  for (const auto& id : ids) {
    if (has(id)) throw CoreError("bad-plan", "'" + id + "' is removed twice");
    entries_.push_back({id, ObjectPtr<GstElement>(GST_ELEMENT(gst_object_ref(pipeline.element(id))))});
  }
  for (const auto& entry : entries_) findCut(entry);
}

void Removal::findCut(const Entry& entry) {
  bool isFed = false;
  for (GList* item = entry.element->pads; item != nullptr; item = item->next) {
    auto* pad = static_cast<GstPad*>(item->data);
    ObjectPtr<GstPad> peer(gst_pad_get_peer(pad));
    if (peer == nullptr) continue;
    const std::string other = nameOf(peer.get());
    isFed = isFed || GST_PAD_IS_SINK(pad);
    if (has(other)) continue;
    GstPadTemplate* origin = gst_pad_get_pad_template(peer.get());
    const bool isTee = origin != nullptr && GST_PAD_TEMPLATE_PRESENCE(origin) == GST_PAD_REQUEST;
    if (origin != nullptr) gst_object_unref(origin);
    if (GST_PAD_IS_SRC(pad))
      throw CoreError("bad-plan", "'" + other + "' cannot be left without '" + entry.id + "'");
    if (!isTee) throw CoreError("bad-plan", "'" + entry.id + "' does not hang on a tee");
    auto cut = std::make_shared<Cut>();
    cut->tee = std::move(peer);
    cut->head.reset(GST_PAD(gst_object_ref(pad)));
    cuts_.push_back(std::move(cut));
  }
  if (!isFed) throw CoreError("bad-plan", "'" + entry.id + "' does not hang on a tee");
}

bool Removal::has(const std::string& id) const {
  return std::ranges::find(entries_, id, &Entry::id) != entries_.end();
}

void Removal::detach() {
  for (const auto& cut : cuts_) {
    if (cut->wait(cut)) continue;
    for (const auto& made : cuts_) made->undo();
    throw CoreError("internal", "'" + nameOf(cut->tee.get()) + "' is stuck in a frame");
  }
}

void Removal::stop() {
  std::for_each(entries_.rbegin(), entries_.rend(),
                [](const Entry& entry) { gst_element_set_state(entry.element.get(), GST_STATE_NULL); });
}

void Removal::takeOut() {
  for (const auto& entry : entries_) gst_bin_remove(pipeline_, entry.element.get());
  for (const auto& cut : cuts_) {
    ObjectPtr<GstElement> tee(gst_pad_get_parent_element(cut->tee.get()));
    gst_element_release_request_pad(tee.get(), cut->tee.get());
  }
}

}  // namespace teecam
