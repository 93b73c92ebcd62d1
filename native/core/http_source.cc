#include "core/http_source.h"

#include <gst/gst.h>

#include <string>

#include "core/gst_ptr.h"
#include "core/repeater.h"

namespace teecam {

namespace {

struct HttpSource {
  GstBin parent;
  GstElement* client;  // the bin's; null where GStreamer has none
  Repeater* repeater;
  gint rateNum, rateDen;  // guarded by the object's lock
  gboolean begun;         // streaming thread: something of the stream has passed
  gboolean failed;        // streaming thread
  gsize untaken;          // streaming thread: bytes that have passed since the parser behind gave a picture
};

struct HttpSourceClass {
  GstBinClass parentClass;
};

G_DEFINE_TYPE(HttpSource, http_source, GST_TYPE_BIN)

enum { PROP_LOCATION = 1, PROP_USER_ID, PROP_USER_PW, PROP_TIMEOUT, PROP_MAX_FRAMERATE };

GstStaticPadTemplate srcTemplate =
    GST_STATIC_PAD_TEMPLATE("src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS_ANY);

HttpSource* cast(gpointer instance) {
  return G_TYPE_CHECK_INSTANCE_CAST(instance, http_source_get_type(), HttpSource);
}

std::string contentType(const GstStructure* headers) {
  std::string type;
  gst_structure_foreach(
      headers,
      [](GQuark name, const GValue* value, gpointer found) -> gboolean {
        if (g_ascii_strcasecmp(g_quark_to_string(name), "content-type") != 0 || !G_VALUE_HOLDS_STRING(value))
          return TRUE;
        const StringPtr lower(g_ascii_strdown(g_value_get_string(value), -1));
        *static_cast<std::string*>(found) = lower.get();
        return FALSE;
      },
      &type);
  return type.substr(0, type.find_first_of("; "));
}

/// Cameras give their pictures wrong types at times; a page or a film is never one.
bool mayHoldJpeg(const std::string& type) {
  return type.empty() || type.starts_with("multipart/") || type.starts_with("application/octet-stream") ||
         type == "image/jpeg" || type == "image/jpg" || type == "image/pjpeg";
}

void checkHeaders(HttpSource* self, const GstStructure* event) {
  const GValue* response = gst_structure_get_value(event, "response-headers");
  if (response == nullptr) return;
  const std::string type = contentType(gst_value_get_structure(response));
  if (mayHoldJpeg(type)) return;
  self->failed = TRUE;
  GST_ELEMENT_ERROR(
      self, STREAM, WRONG_TYPE,
      ("wanted MJPEG (multipart/x-mixed-replace) or a JPEG picture; the address gives %s", type.c_str()),
      (nullptr));
}

/// One stream without an end is made of the responses: of the events that each brings only the first ones
/// pass, and none ends it.
GstPadProbeReturn onEvent(GstPad*, GstPadProbeInfo* info, gpointer data) {
  HttpSource* self = cast(data);
  GstEvent* event = GST_PAD_PROBE_INFO_EVENT(info);
  switch (GST_EVENT_TYPE(event)) {
    case GST_EVENT_STREAM_START:
      return self->begun ? GST_PAD_PROBE_DROP : GST_PAD_PROBE_OK;
    case GST_EVENT_SEGMENT: {
      if (self->begun) return GST_PAD_PROBE_DROP;
      self->begun = TRUE;
      GstSegment segment;
      gst_segment_init(&segment, GST_FORMAT_TIME);  // souphttpsrc counts bytes, which have no time
      gst_event_unref(event);
      GST_PAD_PROBE_INFO_DATA(info) = gst_event_new_segment(&segment);
      return GST_PAD_PROBE_OK;
    }
    case GST_EVENT_CUSTOM_DOWNSTREAM_STICKY:
      self->repeater->answered();
      if (gst_event_has_name(event, "http-headers")) checkHeaders(self, gst_event_get_structure(event));
      gst_event_unref(event);
      return GST_PAD_PROBE_HANDLED;  // dropped it would come again, with every other event: it is sticky
    case GST_EVENT_EOS:
      if (self->failed)
        self->repeater->answered();
      else
        self->repeater->ended();
      return GST_PAD_PROBE_DROP;
    default:
      return GST_PAD_PROBE_OK;
  }
}

/// jpegparse keeps what it is given until a picture is whole, and of garbage that is never: 1.7 GB were seen.
/// The largest pictures of cameras have a fraction of this.
constexpr gsize kMostUntaken = 32 << 20;

GstPadProbeReturn onBytes(GstPad*, GstPadProbeInfo* info, gpointer data) {
  HttpSource* self = cast(data);
  if (self->failed) return GST_PAD_PROBE_DROP;
  self->untaken += gst_buffer_get_size(GST_PAD_PROBE_INFO_BUFFER(info));
  if (self->untaken <= kMostUntaken) return GST_PAD_PROBE_OK;
  self->failed = TRUE;
  GST_ELEMENT_ERROR(self, STREAM, DECODE, ("32 MiB came, and no whole picture among them"), (nullptr));
  return GST_PAD_PROBE_DROP;
}

GstPadProbeReturn onPicture(GstPad*, GstPadProbeInfo*, gpointer data) {
  cast(data)->untaken = 0;
  return GST_PAD_PROBE_OK;
}

void onLinked(GstPad*, GstPad* peer, gpointer data) {
  const ObjectPtr<GstElement> parser(gst_pad_get_parent_element(peer));
  const ObjectPtr<GstPad> pictures(parser ? gst_element_get_static_pad(parser.get(), "src") : nullptr);
  if (pictures) gst_pad_add_probe(pictures.get(), GST_PAD_PROBE_TYPE_BUFFER, onPicture, data, nullptr);
}

void setProperty(GObject* object, guint id, const GValue* value, GParamSpec* spec) {
  HttpSource* self = cast(object);
  if (id == PROP_MAX_FRAMERATE) {
    GST_OBJECT_LOCK(self);
    self->rateNum = gst_value_get_fraction_numerator(value);
    self->rateDen = gst_value_get_fraction_denominator(value);
    const guint64 period = gst_util_uint64_scale_int(GST_SECOND, self->rateDen, self->rateNum);
    GST_OBJECT_UNLOCK(self);
    self->repeater->setPeriod(std::chrono::nanoseconds(period));
  } else if (self->client != nullptr) {
    g_object_set_property(G_OBJECT(self->client), spec->name, value);
  }
}

/// The password can be set and not read.
void getProperty(GObject* object, guint id, GValue* value, GParamSpec* spec) {
  HttpSource* self = cast(object);
  if (id == PROP_MAX_FRAMERATE) {
    GST_OBJECT_LOCK(self);
    gst_value_set_fraction(value, self->rateNum, self->rateDen);
    GST_OBJECT_UNLOCK(self);
  } else if (self->client != nullptr) {
    g_object_get_property(G_OBJECT(self->client), spec->name, value);
  }
}

/// An error is followed by the end of the stream, and that is no reason to ask again: a server counts who
/// comes with a wrong password.
void handleMessage(GstBin* bin, GstMessage* message) {
  if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR) cast(bin)->failed = TRUE;
  GST_BIN_CLASS(http_source_parent_class)->handle_message(bin, message);
}

GstStateChangeReturn changeState(GstElement* element, GstStateChange transition) {
  HttpSource* self = cast(element);
  if (transition == GST_STATE_CHANGE_NULL_TO_READY && self->client == nullptr) {
    GST_ELEMENT_ERROR(self, CORE, MISSING_PLUGIN, ("GStreamer has no element 'souphttpsrc'"), (nullptr));
    return GST_STATE_CHANGE_FAILURE;
  }
  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED) {
    self->begun = self->failed = FALSE;
    self->untaken = 0;
    self->repeater->asking();
  }
  if (transition == GST_STATE_CHANGE_PLAYING_TO_PAUSED) self->repeater->end();
  const auto result = GST_ELEMENT_CLASS(http_source_parent_class)->change_state(element, transition);
  if (transition == GST_STATE_CHANGE_PAUSED_TO_PLAYING) self->repeater->begin();
  return result;
}

void finalize(GObject* object) {
  delete cast(object)->repeater;
  G_OBJECT_CLASS(http_source_parent_class)->finalize(object);
}

void http_source_class_init(HttpSourceClass* klass) {
  auto* object = G_OBJECT_CLASS(klass);
  object->set_property = setProperty;
  object->get_property = getProperty;
  object->finalize = finalize;
  const auto both = static_cast<GParamFlags>(G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  const auto secret = static_cast<GParamFlags>(G_PARAM_WRITABLE | G_PARAM_STATIC_STRINGS);
  const auto text = [&](guint id, const char* name, const char* what, GParamFlags flags) {
    g_object_class_install_property(object, id, g_param_spec_string(name, name, what, nullptr, flags));
  };
  text(PROP_LOCATION, "location", "The address, without credentials", both);
  text(PROP_USER_ID, "user-id", "User for the address", secret);
  text(PROP_USER_PW, "user-pw", "Password for the address", secret);
  g_object_class_install_property(
      object, PROP_TIMEOUT,
      g_param_spec_uint("timeout", "timeout", "Seconds to wait for the server; 0: for ever", 0, 3600, 15,
                        both));
  g_object_class_install_property(
      object, PROP_MAX_FRAMERATE,
      gst_param_spec_fraction("max-framerate", "max-framerate", "How often the address is asked at most", 1,
                              1000, 1000, 1, 1, 1, both));
  auto* element = GST_ELEMENT_CLASS(klass);
  element->change_state = changeState;
  GST_BIN_CLASS(klass)->handle_message = handleMessage;
  gst_element_class_add_static_pad_template(element, &srcTemplate);
  gst_element_class_set_static_metadata(element, "HTTP camera", "Source/Network",
                                        "MJPEG, or a picture again and again", "Teecam");
}

void http_source_init(HttpSource* self) {
  self->rateNum = self->rateDen = 1;
  self->begun = self->failed = FALSE;
  self->untaken = 0;
  self->client = gst_element_factory_make("souphttpsrc", "client");
  self->repeater = new Repeater(self->client);
  self->repeater->setPeriod(std::chrono::seconds(1));
  if (self->client == nullptr) {
    gst_element_add_pad(GST_ELEMENT(self), gst_ghost_pad_new_no_target("src", GST_PAD_SRC));
    return;
  }
  // Who tries again, and when, is decided for all kinds of sources in one place.
  g_object_set(self->client, "is-live", TRUE, "do-timestamp", TRUE, "retries", 0, "iradio-mode", FALSE,
               nullptr);
  gst_bin_add(GST_BIN(self), self->client);
  const ObjectPtr<GstPad> pad(gst_element_get_static_pad(self->client, "src"));
  gst_pad_add_probe(pad.get(), GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, onEvent, self, nullptr);
  gst_pad_add_probe(pad.get(), GST_PAD_PROBE_TYPE_BUFFER, onBytes, self, nullptr);
  GstPad* src = gst_ghost_pad_new("src", pad.get());
  g_signal_connect(src, "linked", G_CALLBACK(onLinked), self);
  gst_element_add_pad(GST_ELEMENT(self), src);
}

}  // namespace

GType httpSourceType() {
  return http_source_get_type();
}

}  // namespace teecam
