#include "core/property.h"

#include <gst/app/gstappsrc.h>
#include <gst/gst.h>

#include <stdexcept>

namespace teecam {

namespace {

/// The property's value of this text.
class Parsed {
 public:
  Parsed(GObject* object, const std::string& property, const std::string& text) {
    const std::string type = G_OBJECT_TYPE_NAME(object);
    spec_ = g_object_class_find_property(G_OBJECT_GET_CLASS(object), property.c_str());
    if (spec_ == nullptr) throw std::invalid_argument(type + " has no property '" + property + "'");
    if ((spec_->flags & G_PARAM_WRITABLE) == 0) {
      throw std::invalid_argument("property '" + property + "' of " + type + " cannot be set");
    }
    g_value_init(&value_, spec_->value_type);
    bool understood = true;
    if (spec_->value_type == G_TYPE_STRING) {
      g_value_set_string(&value_, text.c_str());  // GStreamer's parser would take quotes out of a path
    } else {
      understood = gst_value_deserialize_with_pspec(&value_, text.c_str(), spec_);
    }
    // validate() changes a value out of range and says so
    if (understood && !g_param_value_validate(spec_, &value_)) return;
    g_value_unset(&value_);
    throw std::invalid_argument("property '" + property + "' of " + type + " does not take '" + text + "'");
  }
  ~Parsed() { g_value_unset(&value_); }
  Parsed(const Parsed&) = delete;
  Parsed& operator=(const Parsed&) = delete;

  const GParamSpec* spec() const { return spec_; }
  const GValue* value() const { return &value_; }

 private:
  GParamSpec* spec_ = nullptr;
  GValue value_ = G_VALUE_INIT;
};

/// GstAppSrc says it of none of its properties, though each is read and set behind its lock.
bool isLive(GObject* object, const GParamSpec* spec) {
  return (spec->flags & GST_PARAM_MUTABLE_PLAYING) != 0 || GST_IS_APP_SRC(object);
}

}  // namespace

void setPropertyFromText(GObject* object, const std::string& property, const std::string& text) {
  g_object_set_property(object, property.c_str(), Parsed(object, property, text).value());
}

void checkProperty(GObject* object, const std::string& property, const std::string& text) {
  Parsed(object, property, text);
}

void checkLiveProperty(GObject* object, const std::string& property, const std::string& text) {
  if (isLive(object, Parsed(object, property, text).spec())) return;
  throw std::invalid_argument("property '" + property + "' of " + G_OBJECT_TYPE_NAME(object) +
                              " cannot be set while frames pass");
}

}  // namespace teecam
