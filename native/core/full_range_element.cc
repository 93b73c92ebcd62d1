#include "core/full_range_element.h"

#include <gst/video/gstvideofilter.h>

#include <memory>
#include <utility>

#include "core/full_range.h"

namespace teecam {

namespace {

constexpr const char* kColorimetry = "1:4:0:0";  // full range, BT.601, as jpegdec says it

struct FullRangeElement {
  GstVideoFilter parent;
  FullRange* conversion;  // streaming thread
};

struct FullRangeElementClass {
  GstVideoFilterClass parentClass;
};

G_DEFINE_TYPE(FullRangeElement, full_range_element, GST_TYPE_VIDEO_FILTER)

GstStaticPadTemplate sinkTemplate =
    GST_STATIC_PAD_TEMPLATE("sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS("video/x-raw,format=I420"));
GstStaticPadTemplate srcTemplate =
    GST_STATIC_PAD_TEMPLATE("src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS("video/x-raw,format=I420"));

FullRangeElement* cast(gpointer instance) {
  return G_TYPE_CHECK_INSTANCE_CAST(instance, full_range_element_get_type(), FullRangeElement);
}

/// The colorimetry of either side says nothing about the other's: named here, it would come back to the stage
/// as what downstream wants. fixateCaps names it.
GstCaps* transformCaps(GstBaseTransform*, GstPadDirection, GstCaps* caps, GstCaps* filter) {
  GstCaps* other = gst_caps_copy(caps);
  for (guint i = 0; i < gst_caps_get_size(other); i++) {
    gst_structure_remove_field(gst_caps_get_structure(other, i), "colorimetry");
  }
  if (!filter) return other;
  GstCaps* filtered = gst_caps_intersect_full(filter, other, GST_CAPS_INTERSECT_FIRST);
  gst_caps_unref(other);
  return filtered;
}

GstCaps* fixateCaps(GstBaseTransform*, GstPadDirection direction, GstCaps*, GstCaps* other) {
  other = gst_caps_fixate(other);
  if (direction == GST_PAD_SRC) return other;
  other = gst_caps_make_writable(other);
  gst_caps_set_simple(other, "colorimetry", G_TYPE_STRING, kColorimetry, nullptr);
  return other;
}

gboolean setInfo(GstVideoFilter* filter, GstCaps*, GstVideoInfo* in, GstCaps*, GstVideoInfo*) {
  auto conversion = std::make_unique<FullRange>(GST_VIDEO_INFO_COLORIMETRY(in));
  gst_base_transform_set_passthrough(GST_BASE_TRANSFORM(filter), conversion->identity());
  delete std::exchange(cast(filter)->conversion, conversion.release());
  return TRUE;
}

GstFlowReturn transformFrame(GstVideoFilter* filter, GstVideoFrame* in, GstVideoFrame* out) {
  cast(filter)->conversion->convert(*in, *out);
  return GST_FLOW_OK;
}

void finalize(GObject* object) {
  delete std::exchange(cast(object)->conversion, nullptr);
  G_OBJECT_CLASS(full_range_element_parent_class)->finalize(object);
}

void full_range_element_class_init(FullRangeElementClass* klass) {
  G_OBJECT_CLASS(klass)->finalize = finalize;
  auto* element = GST_ELEMENT_CLASS(klass);
  gst_element_class_add_static_pad_template(element, &sinkTemplate);
  gst_element_class_add_static_pad_template(element, &srcTemplate);
  gst_element_class_set_static_metadata(element, "Full range for JPEG", "Filter/Converter/Video",
                                        "Makes I420 full-range BT.601", "Teecam");
  auto* transform = GST_BASE_TRANSFORM_CLASS(klass);
  transform->transform_caps = transformCaps;
  transform->fixate_caps = fixateCaps;
  auto* filter = GST_VIDEO_FILTER_CLASS(klass);
  filter->set_info = setInfo;
  filter->transform_frame = transformFrame;
}

void full_range_element_init(FullRangeElement*) {}

}  // namespace

GType fullRangeElementType() {
  return full_range_element_get_type();
}

}  // namespace teecam
