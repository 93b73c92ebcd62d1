// Thread: any. Owns: one reference or allocation each. Ends: with its scope.
#pragma once

#include <gst/gst.h>

#include <memory>

namespace teecam {

/// What each kind of reference is given back with.
struct Release {
  void operator()(GstCaps* caps) const { gst_caps_unref(caps); }
  void operator()(GstBuffer* buffer) const { gst_buffer_unref(buffer); }
  void operator()(GstMemory* memory) const { gst_memory_unref(memory); }
  void operator()(GstSample* sample) const { gst_sample_unref(sample); }
  void operator()(GstMessage* message) const { gst_message_unref(message); }
  void operator()(GError* error) const { g_error_free(error); }
  void operator()(gchar* text) const { g_free(text); }
  template <typename Object>
  void operator()(Object* object) const {
    gst_object_unref(object);
  }
};

template <typename Object>
using ObjectPtr = std::unique_ptr<Object, Release>;
using CapsPtr = std::unique_ptr<GstCaps, Release>;
using BufferPtr = std::unique_ptr<GstBuffer, Release>;
using MemoryPtr = std::unique_ptr<GstMemory, Release>;
using SamplePtr = std::unique_ptr<GstSample, Release>;
using MessagePtr = std::unique_ptr<GstMessage, Release>;
using ErrorPtr = std::unique_ptr<GError, Release>;
using StringPtr = std::unique_ptr<gchar, Release>;

}  // namespace teecam
