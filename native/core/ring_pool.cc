#include "core/ring_pool.h"

#include <utility>

#include "core/slot_memory.h"

namespace teecam {

namespace {

struct PoolState {
  std::shared_ptr<RingWriter> writer;
  GstVideoInfo info;
  FrameLayout layout;
};

struct RingPool {
  GstBufferPool parent;
  PoolState* state;  // set before the pool is handed out; layout and info change only while it is inactive
};
struct RingPoolClass {
  GstBufferPoolClass parentClass;
};

G_DEFINE_TYPE(RingPool, ring_pool, GST_TYPE_BUFFER_POOL)

PoolState& stateOf(gpointer pool) {
  return *reinterpret_cast<RingPool*>(pool)->state;
}

const gchar** getOptions(GstBufferPool*) {
  static const gchar* options[] = {GST_BUFFER_POOL_OPTION_VIDEO_META, nullptr};
  return options;
}

gboolean setConfig(GstBufferPool* pool, GstStructure* config) {
  GstCaps* caps = nullptr;
  GstVideoInfo info;
  if (!gst_buffer_pool_config_get_params(config, &caps, nullptr, nullptr, nullptr) || !caps) return FALSE;
  if (!gst_video_info_from_caps(&info, caps)) return FALSE;
  PoolState& state = stateOf(pool);
  const bool meta = gst_buffer_pool_config_has_option(config, GST_BUFFER_POOL_OPTION_VIDEO_META);
  state.info = info;
  state.layout = meta ? FrameLayout::of(info) : FrameLayout::packed(info);
  gst_buffer_pool_config_set_params(config, caps, static_cast<guint>(state.layout.size), 0, 0);
  return GST_BUFFER_POOL_CLASS(ring_pool_parent_class)->set_config(pool, config);
}

/// Nothing is made beforehand: a buffer exists from its acquisition until it is freed, and so does its claim
/// to a slot.
gboolean start(GstBufferPool*) {
  return TRUE;
}

GstBuffer* bufferOn(GstMemory* memory, const GstVideoInfo& info, const FrameLayout& layout) {
  GstBuffer* buffer = gst_buffer_new();
  gst_buffer_append_memory(buffer, memory);
  auto offset = layout.offset;
  auto stride = layout.stride;
  gst_buffer_add_video_meta_full(buffer, GST_VIDEO_FRAME_FLAG_NONE, GST_VIDEO_INFO_FORMAT(&info),
                                 static_cast<guint>(GST_VIDEO_INFO_WIDTH(&info)),
                                 static_cast<guint>(GST_VIDEO_INFO_HEIGHT(&info)), layout.planeCount,
                                 offset.data(), stride.data());
  return buffer;
}

GstFlowReturn acquire(GstBufferPool* pool, GstBuffer** buffer, GstBufferPoolAcquireParams*) {
  if (GST_BUFFER_POOL_IS_FLUSHING(pool)) return GST_FLOW_FLUSHING;
  const PoolState& state = stateOf(pool);
  GstMemory* memory = newSlotMemory(state.writer, state.layout.size);
  if (!memory) memory = gst_allocator_alloc(nullptr, state.layout.size, nullptr);
  if (!memory) return GST_FLOW_ERROR;
  *buffer = bufferOn(memory, state.info, state.layout);
  return GST_FLOW_OK;
}

void release(GstBufferPool*, GstBuffer* buffer) {
  gst_buffer_unref(buffer);
}

void finalize(GObject* object) {
  delete reinterpret_cast<RingPool*>(object)->state;
  G_OBJECT_CLASS(ring_pool_parent_class)->finalize(object);
}

void ring_pool_class_init(RingPoolClass* klass) {
  auto* pool = GST_BUFFER_POOL_CLASS(klass);
  pool->get_options = getOptions;
  pool->set_config = setConfig;
  pool->start = start;
  pool->acquire_buffer = acquire;
  pool->release_buffer = release;
  G_OBJECT_CLASS(klass)->finalize = finalize;
}

void ring_pool_init(RingPool*) {}

}  // namespace

GstBufferPool* newRingPool(std::shared_ptr<RingWriter> writer, GstCaps* caps, const GstVideoInfo& info) {
  auto* pool = static_cast<GstBufferPool*>(g_object_new(ring_pool_get_type(), nullptr));
  gst_object_ref_sink(pool);
  const FrameLayout layout = FrameLayout::of(info);
  reinterpret_cast<RingPool*>(pool)->state = new PoolState{std::move(writer), info, layout};
  GstStructure* config = gst_buffer_pool_get_config(pool);
  gst_buffer_pool_config_set_params(config, caps, static_cast<guint>(layout.size), 0, 0);
  // Converters and scalers keep what is set here and add nothing of their own.
  gst_buffer_pool_config_add_option(config, GST_BUFFER_POOL_OPTION_VIDEO_META);
  gst_buffer_pool_set_config(pool, config);
  return pool;
}

GstBuffer* newSlotBuffer(const std::shared_ptr<RingWriter>& writer, const GstVideoInfo& info) {
  const FrameLayout layout = FrameLayout::of(info);
  GstMemory* memory = newSlotMemory(writer, layout.size);
  return memory ? bufferOn(memory, info, layout) : nullptr;
}

std::optional<std::uint32_t> claimSlot(GstBuffer* buffer, const RingWriter& writer) {
  if (gst_buffer_n_memory(buffer) != 1) return std::nullopt;
  GstMemory* memory = gst_buffer_peek_memory(buffer, 0);
  // An offset would have to be added to every plane's; nobody who writes into a pool's buffer makes one.
  if (memory->offset != 0) return std::nullopt;
  return claimSlotMemory(memory, writer);
}

}  // namespace teecam
