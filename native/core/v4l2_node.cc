#include "core/v4l2_node.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <cstring>

#include "core/error.h"
#include "core/libcamera_signs.h"

namespace teecam {

namespace {

CoreError errorOf(int error, const std::string& path) {
  switch (error) {
    case ENOENT:
      return {"no-device", "there is no " + path};
    case ENODEV:
    case ENXIO:
    case EIO:
      return {"no-device", path + " does not answer: " + std::strerror(error)};
    case EBUSY:
      return {"busy", path + " is in use by another program"};
    case EACCES:
    case EPERM:
      return {"no-permission", path + ": " + std::strerror(error)};
    default:
      return {"failed", path + ": " + std::strerror(error)};
  }
}

/// The kernel's VIDEO_MAJOR.
constexpr unsigned kVideoMajor = 81;

/// Opening alone does something to other kinds of files: it starts a watchdog, waits for a pipe's other end.
int openNode(const std::string& path) {
  struct stat found {};
  if (stat(path.c_str(), &found) != 0) throw errorOf(errno, path);
  if (!S_ISCHR(found.st_mode) || major(found.st_rdev) != kVideoMajor)
    throw CoreError("failed", path + " is no video device");
  const int fd = open(path.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) throw errorOf(errno, path);
  return fd;
}

/// Drivers fill these fields to the last byte at times.
template <std::size_t Size>
std::string textOf(const __u8 (&field)[Size]) {
  const auto* text = reinterpret_cast<const char*>(field);
  return {text, strnlen(text, Size)};
}

}  // namespace

V4l2Node::V4l2Node(const std::string& path) : path_(path), fd_(openNode(path)) {
  if (!ask(VIDIOC_QUERYCAP, capability_)) throw CoreError("failed", path + " is no video device");
  capabilities_ = (capability_.capabilities & V4L2_CAP_DEVICE_CAPS) != 0 ? capability_.device_caps
                                                                         : capability_.capabilities;
}

std::string V4l2Node::driver() const {
  return textOf(capability_.driver);
}
std::string V4l2Node::card() const {
  return textOf(capability_.card);
}
std::string V4l2Node::busInfo() const {
  return textOf(capability_.bus_info);
}

bool V4l2Node::givesPictures() const {
  constexpr std::uint32_t capture = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_VIDEO_CAPTURE_MPLANE;
  constexpr std::uint32_t output =
      V4L2_CAP_VIDEO_M2M | V4L2_CAP_VIDEO_M2M_MPLANE | V4L2_CAP_VIDEO_OUTPUT | V4L2_CAP_VIDEO_OUTPUT_MPLANE;
  return (capabilities_ & capture) != 0 && (capabilities_ & V4L2_CAP_STREAMING) != 0 &&
         (capabilities_ & output) == 0;
}

bool V4l2Node::needsLibcamera() const {
  NodeFacts facts{driver(), capabilities_, {}};
  v4l2_fmtdesc format{};
  format.type = bufferType();
  for (; ask(VIDIOC_ENUM_FMT, format); format.index++) facts.formats.push_back(textOf(format.description));
  return teecam::needsLibcamera(facts);
}

bool V4l2Node::hasSignal() const {
  int index = 0;
  v4l2_input input{};
  if (!ask(VIDIOC_G_INPUT, index)) return true;
  input.index = static_cast<std::uint32_t>(index);
  return !ask(VIDIOC_ENUMINPUT, input) || (input.status & (V4L2_IN_ST_NO_POWER | V4L2_IN_ST_NO_SIGNAL)) == 0;
}

std::uint32_t V4l2Node::bufferType() const {
  return (capabilities_ & V4L2_CAP_VIDEO_CAPTURE) != 0 ? V4L2_BUF_TYPE_VIDEO_CAPTURE
                                                       : V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE;
}

int V4l2Node::ioctl(unsigned long request, void* argument) const {
  int result = 0;
  do {
    result = ::ioctl(fd_.get(), request, argument);
  } while (result != 0 && errno == EINTR);
  return result == 0 ? 0 : errno;
}

bool V4l2Node::answered(int failure) const {
  // ENODATA: an HDMI grabber without a signal has no sizes and rates to tell.
  if (failure == EINVAL || failure == ENOTTY || failure == ENODATA) return false;
  if (failure != 0) throw errorOf(failure, path_);
  return true;
}

}  // namespace teecam
