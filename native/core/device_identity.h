// Thread: any; reads files of the kernel's, asks no driver.
// Owns: nothing.
// Ends: never.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace teecam {

/// What the system knows of a node without opening it.
struct DeviceIdentity {
  std::string name;                   // as its driver calls it
  std::vector<std::string> links;     // names below /dev/v4l that stay the same over restarts
  std::optional<std::string> vendor;  // USB ids, four hexadecimal digits each
  std::optional<std::string> product;
  std::optional<std::string> serial;
};

/// The numbers N of /dev/videoN, in order.
std::vector<unsigned> videoNodes();

/// Of /dev/videoN.
DeviceIdentity identityOf(unsigned number);

std::string videoNodePath(unsigned number);

}  // namespace teecam
