#include "core/control_watch.h"

#include <glib.h>
#include <linux/videodev2.h>
#include <poll.h>
#include <sys/eventfd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <thread>
#include <utility>

#include "core/error.h"
#include "core/unique_fd.h"
#include "core/v4l2_controls.h"
#include "core/v4l2_node.h"

namespace teecam {

namespace {

/// One change often brings others with it, and automatic exposure moves with every frame.
constexpr int kSettleMs = 100;
/// Older kernels do not wake who waits for a device that is unplugged, and an open descriptor keeps its
/// node's number taken: the camera would come back under another name.
constexpr int kLookMs = 1000;

}  // namespace

struct ControlWatch::Shared {
  UniqueFd end{eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
  std::atomic<bool> over{false};

  /// Whether the watch goes on after so long, or after an event of `node`.
  bool wait(const V4l2Node* node, int timeoutMs) const {
    std::array<pollfd, 2> fds = {{{end.get(), POLLIN, 0}, {node != nullptr ? node->fd() : -1, POLLPRI, 0}}};
    const int ready = poll(fds.data(), fds.size(), timeoutMs);
    return !over && (ready >= 0 || errno == EINTR);
  }
};

namespace {

void subscribe(const V4l2Node& node, const std::vector<Control>& controls) {
  for (const Control& control : controls) {
    v4l2_event_subscription subscription{};
    subscription.type = V4L2_EVENT_CTRL;
    subscription.id = control.id;
    // Where a driver has no events, changes show when somebody asks.
    node.failureOf(VIDIOC_SUBSCRIBE_EVENT, subscription);
  }
}

/// Whether there was one.
bool takeEvents(const V4l2Node& node) {
  bool any = false;
  v4l2_event event{};
  while (node.failureOf(VIDIOC_DQEVENT, event) == 0) any = true;
  return any;
}

}  // namespace

ControlWatch::ControlWatch(const std::string& device, Changed changed) : shared_(std::make_shared<Shared>()) {
  if (!shared_->end) throw CoreError("failed", std::string("no eventfd: ") + std::strerror(errno));
  std::thread([shared = shared_, device, changed = std::move(changed)] {
    try {
      const V4l2Node node(device);
      auto controls = readControls(node);
      subscribe(node, controls);
      if (!shared->over) changed(std::move(controls));
      while (shared->wait(&node, kLookMs)) {
        v4l2_capability alive{};
        node.ask(VIDIOC_QUERYCAP, alive);
        if (!takeEvents(node)) {
          // Some drivers are ready all the time: no reason to go round and round.
          if (!shared->wait(nullptr, kSettleMs)) return;
          continue;
        }
        if (!shared->wait(nullptr, kSettleMs)) return;
        takeEvents(node);
        changed(readControls(node));
      }
    } catch (const CoreError& error) {
      // Gone or taken, which the source notices by itself and says.
      g_debug("the controls of %s are no longer watched: %s", device.c_str(), error.what());
    }
  }).detach();
}

ControlWatch::~ControlWatch() {
  shared_->over = true;
  eventfd_write(shared_->end.get(), 1);
}

}  // namespace teecam
