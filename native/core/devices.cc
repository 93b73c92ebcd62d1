#include "core/devices.h"

#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "core/error.h"
#include "core/v4l2_controls.h"
#include "core/v4l2_formats.h"
#include "core/v4l2_node.h"

namespace teecam {

namespace {

constexpr auto kPatience = std::chrono::seconds(3);

/// Nothing for what is no camera.
std::optional<CaptureDevice> describe(CaptureDevice device, bool withControls) {
  try {
    const V4l2Node node(device.path);
    if (!node.givesPictures()) return std::nullopt;
    device.identity.name = node.card();
    device.driver = node.driver();
    device.busInfo = node.busInfo();
    if (node.needsLibcamera()) return std::nullopt;
    device.formats = v4l2Formats(node);
    if (withControls) device.controls = readControls(node);
  } catch (const CoreError& error) {
    device.reason = error.code();
    device.detail = error.what();
  }
  return device;
}

/// A node that was asked, until it answers.
class Inquiry {
 public:
  void answer(std::optional<CaptureDevice> device) {
    std::lock_guard guard(lock_);
    device_ = std::move(device);
    answered_ = true;
    changed_.notify_all();
  }

  /// Whether it answered in time.
  bool wait(std::chrono::steady_clock::time_point deadline) {
    std::unique_lock guard(lock_);
    return changed_.wait_until(guard, deadline, [this] { return answered_; });
  }

  std::optional<CaptureDevice> device() {
    std::lock_guard guard(lock_);
    return device_;
  }

 private:
  std::mutex lock_;
  std::condition_variable changed_;
  bool answered_ = false;                // guarded by lock_
  std::optional<CaptureDevice> device_;  // guarded by lock_
};

/// Those that have not answered yet: a driver that hangs holds one thread, not one for each time that it is
/// asked. Never destroyed, since a thread may come back while the program ends.
class Inquiries {
  using Key = std::pair<std::string, bool>;

 public:
  static Inquiries& get() {
    static auto* all = new Inquiries;
    return *all;
  }

  std::shared_ptr<Inquiry> ask(const CaptureDevice& device, bool withControls) {
    std::lock_guard guard(lock_);
    const Key key{device.path, withControls};
    const auto [at, isNew] = open_.try_emplace(key);
    if (!isNew) return at->second;
    at->second = std::make_shared<Inquiry>();
    std::thread([this, key, device, inquiry = at->second] {
      auto described = describe(device, key.second);
      forget(key);
      inquiry->answer(std::move(described));
    }).detach();
    return at->second;
  }

 private:
  void forget(const Key& key) {
    std::lock_guard guard(lock_);
    open_.erase(key);
  }

  std::mutex lock_;
  std::map<Key, std::shared_ptr<Inquiry>> open_;  // guarded by lock_
};

}  // namespace

std::vector<CaptureDevice> listCaptureDevices(bool withControls) {
  struct Asked {
    CaptureDevice known;
    std::shared_ptr<Inquiry> inquiry;
  };
  std::vector<Asked> asked;
  for (const unsigned number : videoNodes()) {
    CaptureDevice known;
    known.path = videoNodePath(number);
    known.identity = identityOf(number);
    auto inquiry = Inquiries::get().ask(known, withControls);
    asked.push_back({std::move(known), std::move(inquiry)});
  }
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  std::vector<CaptureDevice> devices;
  for (auto& [known, inquiry] : asked) {
    if (!inquiry->wait(deadline)) {
      known.reason = "wedged";
      known.detail = known.path + ": its driver does not answer";
      devices.push_back(std::move(known));
    } else if (auto device = inquiry->device()) {
      devices.push_back(std::move(*device));
    }
  }
  return devices;
}

}  // namespace teecam
