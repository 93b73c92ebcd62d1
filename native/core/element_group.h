// Thread: the control thread.
// Owns: its elements, until they are in a pipeline.
// Ends: the destructor stops those that are in none.
#pragma once

#include <gst/gst.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "core/gst_ptr.h"
#include "core/plan.h"

namespace teecam {

/// Made and with its properties set. Transfer full. Throws CoreError `missing-element`, `bad-plan`.
ObjectPtr<GstElement> makeElement(const GraphNode& node);
/// At once, or when a pad of decodebin's kind appears. Throws CoreError `bad-plan`.
void linkElements(GstElement* from, GstElement* to);

/// Elements that are to join a pipeline which runs: made, linked and opened outside of it, so that whatever
/// is wrong with them is known before anything in the pipeline is touched.
class ElementGroup {
 public:
  /// Links may begin at an element of the pipeline, which `outside` finds; these are made by join().
  /// Throws CoreError.
  ElementGroup(const std::vector<GraphNode>& nodes, const std::vector<GraphLink>& links,
               const std::function<GstElement*(const std::string&)>& outside);
  ~ElementGroup();
  ElementGroup(const ElementGroup&) = delete;
  ElementGroup& operator=(const ElementGroup&) = delete;

  /// Transfer none; null: none of the group.
  GstElement* find(const std::string& id) const;
  /// Opens what they need, as far as they come without a picture. Throws CoreError `ring-unusable` or
  /// `bad-plan`.
  void open(GstClock* clock, GstClockTime baseTime);
  /// They are the pipeline's from here on, run, and get what their tees give.
  void join(GstBin* pipeline);

 private:
  struct Entry {
    std::string id;
    ObjectPtr<GstElement> element;
  };
  struct Link {
    ObjectPtr<GstElement> from;
    GstElement* to;
  };
  std::vector<Entry> entries_;  // each behind those that feed it
  std::vector<Link> links_;
};

}  // namespace teecam
