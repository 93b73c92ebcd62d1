// Thread: whoever may set the object's properties. Owns: nothing. Ends: never.
#pragma once

#include <glib-object.h>

#include <string>

namespace teecam {

/// Sets a property as GStreamer would from a launch line, but says what is wrong where GStreamer keeps
/// silent. Throws std::invalid_argument naming the property.
void setPropertyFromText(GObject* object, const std::string& property, const std::string& value);

/// Throws as setting it would, and sets nothing.
void checkProperty(GObject* object, const std::string& property, const std::string& value);

/// Throws as setting it would, and sets nothing. Also throws when the property cannot be set while frames
/// pass.
void checkLiveProperty(GObject* object, const std::string& property, const std::string& value);

}  // namespace teecam
