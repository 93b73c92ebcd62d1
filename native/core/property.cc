#include "core/property.h"

#include <gst/gst.h>

#include <stdexcept>

namespace teecam {

void setPropertyFromText(GObject* object, const std::string& property, const std::string& text) {
  const std::string type = G_OBJECT_TYPE_NAME(object);
  GParamSpec* spec = g_object_class_find_property(G_OBJECT_GET_CLASS(object), property.c_str());
  if (spec == nullptr) throw std::invalid_argument(type + " has no property '" + property + "'");
  if ((spec->flags & G_PARAM_WRITABLE) == 0) {
    throw std::invalid_argument("property '" + property + "' of " + type + " cannot be set");
  }

  GValue value = G_VALUE_INIT;
  g_value_init(&value, spec->value_type);
  bool understood = true;
  if (spec->value_type == G_TYPE_STRING) {
    g_value_set_string(&value, text.c_str());  // GStreamer's parser would take quotes out of a path
  } else {
    understood = gst_value_deserialize_with_pspec(&value, text.c_str(), spec);
  }
  // validate() changes a value out of range and says so
  if (understood && g_param_value_validate(spec, &value)) understood = false;
  if (understood) g_object_set_property(object, property.c_str(), &value);
  g_value_unset(&value);
  if (!understood) {
    throw std::invalid_argument("property '" + property + "' of " + type + " does not take '" + text + "'");
  }
}

}  // namespace teecam
