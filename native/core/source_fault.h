// Thread: any. Owns: plain values. Ends: with its scope.
#pragma once

#include <gst/gst.h>

#include <optional>
#include <string>

namespace teecam {

/// Why a source failed: a reason of src/camera/messages.ts, and a sentence for people without credentials.
struct SourceFault {
  std::string reason;
  std::string detail;
};

/// `wasLive`: it has delivered frames. Judges by the errno's words where there are any: GStreamer's codes do
/// not tell an unplugged device from a busy one.
SourceFault classifyFault(const GError& error, const char* debug, bool wasLive);
SourceFault classifyFault(GstMessage* errorMessage, bool wasLive);

/// The node of the capture device that an element has; empty for other elements.
std::string captureNode(GstObject* element);

/// What a warning means, if more than that: a capture device goes on without its signal, and gives noise.
std::optional<SourceFault> classifyWarning(GstMessage* warning);

/// Takes `user:password@` out of addresses.
std::string withoutCredentials(const std::string& text);

}  // namespace teecam
