#include "core/rtsp_attempts.h"

#include <gio/gio.h>

namespace teecam {

namespace {

std::string keyOf(const std::string& address) {
  GInetAddress* parsed = g_inet_address_new_from_string(address.c_str());
  if (!parsed) return address;
  const auto* bytes = reinterpret_cast<const char*>(g_inet_address_to_bytes(parsed));
  std::string key(bytes, g_inet_address_get_native_size(parsed));
  g_object_unref(parsed);
  static const std::string mapped("\0\0\0\0\0\0\0\0\0\0\xff\xff", 12);
  if (key.size() == 4) return key;
  return key.starts_with(mapped) ? key.substr(12) : key.substr(0, 8);
}

}  // namespace

std::chrono::seconds RtspAttempts::shutFor(const std::string& address, Time now) {
  std::lock_guard guard(lock_);
  const auto found = counts_.find(keyOf(address));
  if (found == counts_.end() || found->second.wrong < kMost || found->second.until <= now)
    return std::chrono::seconds::zero();
  return std::chrono::ceil<std::chrono::seconds>(found->second.until - now);
}

void RtspAttempts::wrong(const std::string& address, Time now) {
  std::lock_guard guard(lock_);
  std::erase_if(counts_, [now](const auto& entry) { return entry.second.until <= now; });
  auto& count = counts_.try_emplace(keyOf(address), Count{now + kWithin, 0}).first->second;
  count.wrong++;
}

std::size_t RtspAttempts::size() const {
  std::lock_guard guard(lock_);
  return counts_.size();
}

}  // namespace teecam
