#include "core/ring_slots.h"

namespace teecam {

RingSlots::RingSlots(const RingGeometry& geometry, const RingHistory& history)
    : begin_(geometry.arenaOffset()),
      size_(geometry.slotCount > 0 ? geometry.slotSize : 0),
      taken_(geometry.slotCount, Taken::no) {
  if (size_ == 0) return;
  std::vector<bool> holdsFrame(geometry.slotCount, false);
  std::vector<std::uint32_t> used;
  for (const auto& frame : history.frames()) {
    const auto slot = static_cast<std::uint32_t>((frame.offset - begin_) / size_);
    if (slot >= geometry.slotCount || holdsFrame[slot]) continue;  // whatever a killed writer left
    used.push_back(slot);
    holdsFrame[slot] = true;
  }
  for (std::uint32_t slot = 0; slot < geometry.slotCount; slot++)
    if (!holdsFrame[slot]) free_.push_back(slot);
  free_.insert(free_.end(), used.begin(), used.end());
}

std::optional<std::uint32_t> RingSlots::take() {
  if (free_.empty()) return std::nullopt;
  const std::uint32_t slot = free_.front();
  free_.pop_front();
  taken_[slot] = Taken::yes;
  return slot;
}

void RingSlots::giveBack(std::uint32_t slot) {
  taken_.at(slot) = Taken::no;
  free_.push_front(slot);
}

bool RingSlots::publish(std::uint32_t slot) {
  const bool whole = taken_.at(slot) != Taken::fromLostFile;
  taken_[slot] = Taken::no;
  free_.push_back(slot);
  return whole;
}

void RingSlots::loseFile() {
  for (auto& taken : taken_)
    if (taken == Taken::yes) taken = Taken::fromLostFile;
}

}  // namespace teecam
