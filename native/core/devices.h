// Thread: any that may wait for drivers.
// Owns: nothing.
// Ends: never.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace teecam {

struct CaptureDevice {
  std::string path;  // /dev/videoN
  std::string name;  // as its driver calls it
  std::string driver;
  std::string busInfo;
  std::optional<std::string> serial;  // of the USB device
  std::vector<std::string> links;     // names below /dev/v4l that stay the same over restarts
};

/// The machine's cameras in the order of their nodes. Left out: nodes that give no pictures, nodes that only
/// libcamera can set up, and nodes that cannot be opened.
std::vector<CaptureDevice> listCaptureDevices();

}  // namespace teecam
