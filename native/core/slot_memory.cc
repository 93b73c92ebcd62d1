#include "core/slot_memory.h"

#include <atomic>
#include <utility>

namespace teecam {

namespace {

struct SlotMemory {
  GstMemory parent;
  std::shared_ptr<RingWriter> writer;
  RingWriter::Slot slot;
  std::atomic<bool> claimed;
};

struct SlotAllocator {
  GstAllocator parent;
};
struct SlotAllocatorClass {
  GstAllocatorClass parentClass;
};

G_DEFINE_TYPE(SlotAllocator, slot_allocator, GST_TYPE_ALLOCATOR)

SlotMemory* cast(GstMemory* memory) {
  return reinterpret_cast<SlotMemory*>(memory);
}

gpointer mapSlot(GstMemory* memory, gsize, GstMapFlags) {
  return cast(memory)->slot.data;
}

void unmapSlot(GstMemory*) {}

/// Part of a slot cannot be published by itself, and must not keep the slot.
GstMemory* refuseShare(GstMemory*, gssize, gssize) {
  return nullptr;
}

/// Slots are taken by newSlotMemory only: whoever allocated by the allocator alone would keep them.
GstMemory* refuseAlloc(GstAllocator*, gsize, GstAllocationParams*) {
  return nullptr;
}

void freeSlot(GstAllocator*, GstMemory* memory) {
  SlotMemory* self = cast(memory);
  if (!self->claimed) self->writer->returnSlot(self->slot.index);
  delete self;
}

void slot_allocator_class_init(SlotAllocatorClass* klass) {
  GST_ALLOCATOR_CLASS(klass)->alloc = refuseAlloc;
  GST_ALLOCATOR_CLASS(klass)->free = freeSlot;
}

void slot_allocator_init(SlotAllocator* self) {
  GstAllocator* allocator = GST_ALLOCATOR(self);
  allocator->mem_type = "TeecamSlot";
  allocator->mem_map = mapSlot;
  allocator->mem_unmap = unmapSlot;
  allocator->mem_share = refuseShare;
  GST_OBJECT_FLAG_SET(self, GST_ALLOCATOR_FLAG_CUSTOM_ALLOC);
}

/// One for the process: it has no state of its own.
GstAllocator* allocatorOfSlots() {
  static GstAllocator* const allocator = [] {
    auto* object = static_cast<GstAllocator*>(g_object_new(slot_allocator_get_type(), nullptr));
    gst_object_ref_sink(object);
    GST_OBJECT_FLAG_SET(object, GST_OBJECT_FLAG_MAY_BE_LEAKED);
    return object;
  }();
  return allocator;
}

}  // namespace

GstMemory* newSlotMemory(const std::shared_ptr<RingWriter>& writer, std::size_t size) {
  if (size > writer->slotSize()) return nullptr;
  const auto slot = writer->takeSlot();
  if (!slot) return nullptr;
  auto* self = new SlotMemory{{}, writer, *slot, false};
  gst_memory_init(&self->parent, GST_MEMORY_FLAG_NO_SHARE, allocatorOfSlots(), nullptr, slot->size, 63, 0,
                  size);
  return &self->parent;
}

std::optional<std::uint32_t> claimSlotMemory(GstMemory* memory, const RingWriter& writer) {
  if (memory->allocator != allocatorOfSlots()) return std::nullopt;
  SlotMemory* self = cast(memory);
  if (self->writer.get() != &writer || self->claimed.exchange(true)) return std::nullopt;
  return self->slot.index;
}

}  // namespace teecam
