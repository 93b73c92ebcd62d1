#include "core/ring_history.h"

#include <algorithm>
#include <vector>

#include "core/ring_words.h"

namespace teecam {

namespace {

/// The 64-bit number with these low 32 bits that is nearest to `near`.
std::uint64_t extend(std::uint32_t low, std::uint64_t near) {
  const auto step = static_cast<std::int32_t>(low - static_cast<std::uint32_t>(near));
  if (step < 0 && near < static_cast<std::uint64_t>(-std::int64_t{step})) return low;
  return near + static_cast<std::uint64_t>(std::int64_t{step});
}

}  // namespace

RingHistory::RingHistory(const RingMapping& mapping) {
  std::vector<const teecam_frame_descriptor*> whole;
  std::uint64_t hint = 0;  // any plausible sequence number: head has only 32 bits
  for (std::uint32_t i = 0; i < mapping.geometry().frameCount; i++) {
    teecam_frame_descriptor& descriptor = mapping.descriptor(i);
    if (descriptor.sequence == 0) continue;
    const bool inPlace = (descriptor.sequence & (mapping.geometry().frameCount - 1)) == i;
    if (inPlace) hint = std::max(hint, descriptor.sequence);
    if (descriptor.lock % 2 != 0) continue;
    if (inPlace && mapping.holds(descriptor))
      whole.push_back(&descriptor);
    else
      beginWrite(descriptor.lock);
  }
  std::sort(whole.begin(), whole.end(),
            [](const auto* a, const auto* b) { return a->sequence > b->sequence; });

  newest_ = extend(loadAcquire(mapping.header().head), hint);
  // Killed between the descriptor and the head: the frame is whole, so it counts.
  if (!whole.empty() && whole.front()->sequence > newest_) newest_ = whole.front()->sequence;

  std::uint64_t expected = newest_;
  for (const auto* descriptor : whole) {
    if (descriptor->sequence == expected) {
      frames_.push_front({descriptor->sequence, descriptor->offset, descriptor->offset + descriptor->size});
      expected--;
    } else {
      beginWrite(mapping.descriptor(descriptor->sequence).lock);
    }
  }
  if (!frames_.empty()) newestKey_ = mapping.descriptor(newest_).key_sequence;
}

void RingHistory::displace(const RingMapping& mapping, std::uint64_t offset, std::uint64_t end) {
  const auto hit = std::find_if(frames_.rbegin(), frames_.rend(),
                                [&](const Frame& frame) { return frame.offset < end && offset < frame.end; });
  for (auto left = frames_.rend() - hit; left > 0; left--) {
    beginWrite(mapping.descriptor(frames_.front().sequence).lock);
    frames_.pop_front();
  }
}

void RingHistory::add(const RingMapping& mapping, const Frame& frame, bool key) {
  frames_.push_back(frame);
  newest_ = frame.sequence;
  if (key) newestKey_ = frame.sequence;
  if (frames_.size() > mapping.geometry().frameCount) frames_.pop_front();
}

}  // namespace teecam
