// Thread: any that may wait for three seconds; each node is asked on a thread of its own.
// Owns: the threads of drivers that have not answered yet.
// Ends: never; a driver that never answers keeps its one thread.
#pragma once

#include <string>
#include <vector>

#include "core/control.h"
#include "core/device_identity.h"
#include "core/source_format.h"

namespace teecam {

struct CaptureDevice {
  std::string path;  // /dev/videoN
  DeviceIdentity identity;
  std::string driver;   // empty where it cannot be opened
  std::string busInfo;  // where it is plugged in, in its driver's words; the same as long as it stays there
  std::vector<SourceFormat> formats;
  std::vector<Control> controls;  // where they are asked for
  std::string reason;             // why it cannot be opened, one of src/camera/messages.ts; empty: it can
  std::string detail;
};

/// The machine's cameras in the order of their nodes, those that cannot be opened among them. Left out: nodes
/// that give no pictures, and nodes that only libcamera can set up. A driver that does not answer within
/// three seconds is no reason for others to wait. `withControls`: each is read from the camera, which takes
/// some of them a while.
std::vector<CaptureDevice> listCaptureDevices(bool withControls = false);

}  // namespace teecam
