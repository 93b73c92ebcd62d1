#include "core/rtsp_play.h"

#include <algorithm>
#include <utility>

namespace teecam {

namespace {

using namespace std::chrono_literals;

/// Half of what the kernel allows: whoever vanishes by himself after so long was no viewer any more.
constexpr auto kStalled = 5s;
/// As long as gst-rtsp-server lets a session over UDP live without a sign of life. One over TCP it keeps as
/// long as its connection.
constexpr auto kUnplayed = 60s;

std::int64_t nanoseconds(std::chrono::steady_clock::duration time) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(time).count();
}

}  // namespace

void RtspPlay::begin(std::string transport, int socket, Time now) {
  transport_ = std::move(transport);
  if (!from_) from_ = mount_->counts();
  if (socket < 0 || gauge_) return;
  gauge_ = TcpGauge::of(socket, now);
  if (gauge_) acknowledgedBefore_ = gauge_->read(now).acknowledged;
}

void RtspPlay::pause() {
  before_ = sent();
  from_.reset();
}

RtspCounts RtspPlay::sent() const {
  if (!from_) return before_;
  const RtspCounts now = mount_->counts();
  return {before_.bytes + now.bytes - from_->bytes, before_.frames + now.frames - from_->frames,
          before_.dropped + now.dropped - from_->dropped};
}

std::optional<RtspClientStats> RtspPlay::stats(Time now) {
  if (transport_.empty()) return std::nullopt;
  RtspClientStats stats;
  const RtspCounts counts = sent();
  stats.path = mount_->path;
  stats.bytes = counts.bytes;
  stats.frames = counts.frames;
  stats.dropped = counts.dropped;
  stats.ageNs = mount_->ageNs;
  if (!gauge_) return stats;
  const TcpReading reading = gauge_->read(now);
  stats.bytes = std::min(stats.bytes, reading.acknowledged - acknowledgedBefore_);
  stats.waiting = reading.waiting;
  stats.blockedForNs = nanoseconds(reading.blockedFor);
  stats.blockedNs = nanoseconds(reading.blocked);
  return stats;
}

bool RtspPlay::unplayed(Time now) const {
  return transport_.empty() && now - since_ > kUnplayed;
}

bool RtspPlay::stalled() const {
  return gauge_ && gauge_->last().blockedFor >= kStalled;
}

}  // namespace teecam
