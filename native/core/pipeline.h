// Thread: the control thread makes it and adds what it needs; state changes and destruction on any one
// thread. Owns: a GstPipeline and its bus watch. Ends: the destructor sets it to NULL, which blocks as long
// as its elements do.
#pragma once

#include <gst/gst.h>

#include <functional>
#include <string>

#include "core/flow_meter.h"
#include "core/gst_ptr.h"
#include "core/plan.h"

namespace teecam {

/// A GStreamer pipeline built from graph data.
class Pipeline {
 public:
  /// Throws CoreError: `missing-element`, or `bad-plan` with node and property.
  Pipeline(const std::string& name, const Graph& graph);
  ~Pipeline();
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;

  GstElement* get() const { return pipeline_.get(); }
  /// Transfer none; null: there is no such node.
  GstElement* find(const std::string& id) const;
  /// Transfer none. Throws CoreError `bad-plan` if there is no such node.
  GstElement* element(const std::string& id) const;
  /// Sets a property from text. Throws CoreError `bad-plan`.
  void setProperty(const std::string& id, const std::string& property, const std::string& value) const;

  /// What has passed through its elements, each counted since it was made. Any thread.
  Flow flow() const { return flowOf(GST_BIN(pipeline_.get())); }

  /// Runs on this clock from this base time on, whatever time it is when it starts.
  void useTime(GstClock* clock, GstClockTime baseTime);

  /// Hands errors, warnings and the end of stream to `handler` on the control thread.
  void watch(std::function<void(GstMessage*)> handler);
  /// From its return on the handler is not called any more. Control thread.
  void unwatch();
  /// The first error that lies unread on the bus. Null: none.
  MessagePtr popError() const;

 private:
  ObjectPtr<GstElement> pipeline_;
  GSource* watch_ = nullptr;
};

}  // namespace teecam
