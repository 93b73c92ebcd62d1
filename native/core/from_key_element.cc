#include "core/from_key_element.h"

#include <gst/base/gstbasetransform.h>
#include <gst/gst.h>

#include <utility>

namespace teecam {

namespace {

struct FromKeyElement {
  GstBaseTransform parent;
  gboolean waiting;  // streaming thread
};

struct FromKeyElementClass {
  GstBaseTransformClass parentClass;
};

G_DEFINE_TYPE(FromKeyElement, from_key_element, GST_TYPE_BASE_TRANSFORM)

GstStaticPadTemplate sinkTemplate = GST_STATIC_PAD_TEMPLATE("sink", GST_PAD_SINK, GST_PAD_ALWAYS,
                                                            GST_STATIC_CAPS("video/x-h264; video/x-h265"));
GstStaticPadTemplate srcTemplate = GST_STATIC_PAD_TEMPLATE("src", GST_PAD_SRC, GST_PAD_ALWAYS,
                                                           GST_STATIC_CAPS("video/x-h264; video/x-h265"));

FromKeyElement* cast(gpointer instance) {
  return G_TYPE_CHECK_INSTANCE_CAST(instance, from_key_element_get_type(), FromKeyElement);
}

gboolean start(GstBaseTransform* base) {
  cast(base)->waiting = TRUE;
  return TRUE;
}

/// As in teecamrate, not in transform_ip: its way of dropping marks the next buffer, whatever that is.
GstFlowReturn generateOutput(GstBaseTransform* base, GstBuffer** out) {
  FromKeyElement* self = cast(base);
  GstBuffer* frame = std::exchange(base->queued_buf, nullptr);
  *out = frame;
  if (frame == nullptr) return GST_FLOW_OK;
  const bool key = !GST_BUFFER_FLAG_IS_SET(frame, GST_BUFFER_FLAG_DELTA_UNIT);
  if (key && self->waiting) {
    self->waiting = FALSE;
    *out = gst_buffer_make_writable(frame);
    GST_BUFFER_FLAG_SET(*out, GST_BUFFER_FLAG_DISCONT);
  } else if (!key) {
    self->waiting = self->waiting || GST_BUFFER_IS_DISCONT(frame);
    if (self->waiting) gst_buffer_unref(std::exchange(*out, nullptr));
  }
  return GST_FLOW_OK;
}

void from_key_element_class_init(FromKeyElementClass* klass) {
  auto* element = GST_ELEMENT_CLASS(klass);
  gst_element_class_add_static_pad_template(element, &sinkTemplate);
  gst_element_class_add_static_pad_template(element, &srcTemplate);
  gst_element_class_set_static_metadata(element, "From a key frame on", "Filter/Video",
                                        "Drops frames that could not be decoded", "Teecam");
  auto* base = GST_BASE_TRANSFORM_CLASS(klass);
  base->start = start;
  base->generate_output = generateOutput;
}

void from_key_element_init(FromKeyElement* self) {
  self->waiting = TRUE;
}

}  // namespace

GType fromKeyElementType() {
  return from_key_element_get_type();
}

}  // namespace teecam
