// Thread: one at a time.
// Owns: an open descriptor of the device.
// Ends: the destructor closes it.
#pragma once

#include <linux/videodev2.h>

#include <cerrno>
#include <cstdint>
#include <string>

#include "core/unique_fd.h"

namespace teecam {

/// A V4L2 device node, opened to be asked, not to capture.
class V4l2Node {
 public:
  /// Throws CoreError: `no-device`, `busy`, `no-permission`, `failed` (also for what is no V4L2 device).
  explicit V4l2Node(const std::string& path);

  const std::string& path() const { return path_; }
  std::string driver() const;
  std::string card() const;
  std::string busInfo() const;

  /// It captures pictures by streaming: no metadata node, no memory-to-memory codec or scaler, no output.
  bool givesPictures() const;
  /// See core/libcamera_signs.h. Asks for the formats.
  bool needsLibcamera() const;
  /// False where the driver says that nothing feeds the chosen input, as with an HDMI grabber.
  bool hasSignal() const;
  /// The buffer type to ask about formats with.
  std::uint32_t bufferType() const;

  /// False when the driver says EINVAL or ENOTTY: the end of an enumeration, or no such question. Throws
  /// CoreError otherwise.
  template <typename Argument>
  bool ask(unsigned long request, Argument& argument) const {
    return answered(ioctl(request, &argument));
  }
  /// The errno of what the driver answers, or 0.
  template <typename Argument>
  int failureOf(unsigned long request, Argument& argument) const {
    return ioctl(request, &argument);
  }
  /// To wait for events at.
  int fd() const { return fd_.get(); }

 private:
  int ioctl(unsigned long request, void* argument) const;
  bool answered(int failure) const;

  const std::string path_;
  UniqueFd fd_;
  v4l2_capability capability_{};
  std::uint32_t capabilities_ = 0;
};

}  // namespace teecam
