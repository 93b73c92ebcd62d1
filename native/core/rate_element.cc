#include "core/rate_element.h"

#include <gst/base/gstbasetransform.h>
#include <gst/gst.h>

#include <new>
#include <utility>

#include "core/rate_caps.h"
#include "core/rate_limiter.h"

namespace teecam {

namespace {

struct RateElement {
  GstBaseTransform parent;
  RateLimit limit;      // guarded by the object's lock
  RateLimiter limiter;  // streaming thread
};

struct RateElementClass {
  GstBaseTransformClass parentClass;
};

G_DEFINE_TYPE(RateElement, rate_element, GST_TYPE_BASE_TRANSFORM)

enum { PROP_MAX_FRAMERATE = 1 };

GstStaticPadTemplate sinkTemplate = GST_STATIC_PAD_TEMPLATE(
    "sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS("video/x-raw(ANY); image/jpeg(ANY)"));
GstStaticPadTemplate srcTemplate = GST_STATIC_PAD_TEMPLATE(
    "src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS("video/x-raw(ANY); image/jpeg(ANY)"));

RateElement* cast(gpointer instance) {
  return G_TYPE_CHECK_INSTANCE_CAST(instance, rate_element_get_type(), RateElement);
}

void setProperty(GObject* object, guint id, const GValue* value, GParamSpec* spec) {
  if (id != PROP_MAX_FRAMERATE) {
    G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
    return;
  }
  GST_OBJECT_LOCK(object);
  cast(object)->limit = {gst_value_get_fraction_numerator(value), gst_value_get_fraction_denominator(value)};
  GST_OBJECT_UNLOCK(object);
  // The next frame negotiates: the caps behind it have the rate, and setCaps() is told.
  gst_base_transform_reconfigure_src(GST_BASE_TRANSFORM(object));
}

RateLimit limitOf(gpointer instance) {
  GST_OBJECT_LOCK(instance);
  const RateLimit limit = cast(instance)->limit;
  GST_OBJECT_UNLOCK(instance);
  return limit;
}

void getProperty(GObject* object, guint id, GValue* value, GParamSpec* spec) {
  if (id != PROP_MAX_FRAMERATE) {
    G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
    return;
  }
  const RateLimit limit = limitOf(object);
  gst_value_set_fraction(value, limit.num, limit.den);
}

GstCaps* transformCaps(GstBaseTransform* base, GstPadDirection direction, GstCaps* caps, GstCaps* filter) {
  const RateLimit limit = limitOf(base);
  GstCaps* other = direction == GST_PAD_SINK ? limitedCaps(caps, limit) : limitableCaps(caps, limit);
  if (!filter) return other;
  GstCaps* filtered = gst_caps_intersect_full(filter, other, GST_CAPS_INTERSECT_FIRST);
  gst_caps_unref(other);
  return filtered;
}

/// Caps without a rate (a JPEG source need not have one): the limit is what comes out, not the lowest of all.
GstCaps* fixateCaps(GstBaseTransform* base, GstPadDirection direction, GstCaps* caps, GstCaps* other) {
  const RateLimit limit = limitOf(base);
  other = gst_caps_make_writable(gst_caps_truncate(other));
  GstStructure* structure = gst_caps_get_structure(other, 0);
  if (!limit.none() && gst_structure_has_field(structure, "framerate")) {
    gst_structure_fixate_field_nearest_fraction(structure, "framerate", limit.num, limit.den);
  }
  return GST_BASE_TRANSFORM_CLASS(rate_element_parent_class)->fixate_caps(base, direction, caps, other);
}

/// A source within the limit is not decimated; only its jitter is seen. It gets a whole period of tolerance
/// then, else a camera whose frames come unevenly would lose some of them.
gboolean setCaps(GstBaseTransform* base, GstCaps* in, GstCaps*) {
  RateElement* self = cast(base);
  const RateLimit limit = limitOf(base);
  if (limit.none()) {
    self->limiter.configure(0, 0);
    return TRUE;
  }
  const auto [num, den] = limit;
  const guint64 period = gst_util_uint64_scale_int(GST_SECOND, den, num);
  gint inNum = 0, inDen = 1;
  gst_structure_get_fraction(gst_caps_get_structure(in, 0), "framerate", &inNum, &inDen);
  const bool within = inNum > 0 && gst_util_fraction_compare(inNum, inDen, num, den) <= 0;
  self->limiter.configure(period, within ? period : period / 4);
  return TRUE;
}

/// DISCONT does not reset the limiter: a leaky appsrc sets it after every frame that it replaced, and a rate
/// that starts anew each time is no limit.
gboolean sinkEvent(GstBaseTransform* base, GstEvent* event) {
  if (GST_EVENT_TYPE(event) == GST_EVENT_SEGMENT || GST_EVENT_TYPE(event) == GST_EVENT_FLUSH_STOP) {
    cast(base)->limiter.reset();
  }
  return GST_BASE_TRANSFORM_CLASS(rate_element_parent_class)->sink_event(base, event);
}

/// Here and not in transform_ip, whose way of dropping (GST_BASE_TRANSFORM_FLOW_DROPPED) marks the next
/// buffer as a discontinuity and copies its metadata to do so.
GstFlowReturn generateOutput(GstBaseTransform* base, GstBuffer** out) {
  GstBuffer* frame = std::exchange(base->queued_buf, nullptr);
  if (frame && GST_BUFFER_PTS_IS_VALID(frame) && !cast(base)->limiter.admit(GST_BUFFER_PTS(frame))) {
    gst_buffer_unref(std::exchange(frame, nullptr));
  }
  *out = frame;
  return GST_FLOW_OK;
}

void rate_element_class_init(RateElementClass* klass) {
  auto* object = G_OBJECT_CLASS(klass);
  object->set_property = setProperty;
  object->get_property = getProperty;
  g_object_class_install_property(
      object, PROP_MAX_FRAMERATE,
      gst_param_spec_fraction(
          "max-framerate", "Maximal frame rate", "Frames are dropped evenly to stay at it; 0/1: no limit", 0,
          1, 1000, 1, 0, 1,
          static_cast<GParamFlags>(G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_PLAYING)));
  auto* element = GST_ELEMENT_CLASS(klass);
  gst_element_class_add_static_pad_template(element, &sinkTemplate);
  gst_element_class_add_static_pad_template(element, &srcTemplate);
  gst_element_class_set_static_metadata(element, "Frame rate limiter", "Filter/Video",
                                        "Drops frames evenly, also after gaps", "Teecam");
  auto* base = GST_BASE_TRANSFORM_CLASS(klass);
  base->transform_caps = transformCaps;
  base->fixate_caps = fixateCaps;
  base->set_caps = setCaps;
  base->sink_event = sinkEvent;
  base->generate_output = generateOutput;
}

void rate_element_init(RateElement* self) {
  new (&self->limit) RateLimit;
  new (&self->limiter) RateLimiter;
}

}  // namespace

GType rateElementType() {
  return rate_element_get_type();
}

}  // namespace teecam
