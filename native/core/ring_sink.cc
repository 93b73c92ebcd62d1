#include "core/ring_sink.h"

#include <gst/base/gstbasesink.h>
#include <gst/video/video.h>

#include <ctime>
#include <exception>
#include <mutex>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "core/ring_format.h"
#include "core/ring_pool.h"
#include "core/ring_writer.h"

namespace teecam {

namespace {

struct SinkState {
  std::mutex lock;
  std::string path;                               // guarded by lock
  std::shared_ptr<RingWriter> writer;             // guarded by lock; null below READY
  std::shared_ptr<RingWriter> before;             // guarded by lock; whose place it takes
  bool isDraft = false;                           // guarded by lock
  std::shared_ptr<const SlateTimeline> timeline;  // guarded by lock
  RingSinkStats stats;                            // guarded by lock

  std::optional<FrameFormat> format;  // streaming thread

  std::shared_ptr<RingWriter> currentWriter() {
    const std::scoped_lock guard(lock);
    return writer;
  }
  bool isSlate(std::int64_t captureNs) {
    const std::scoped_lock guard(lock);
    return timeline && timeline->isSlate(captureNs);
  }
};

struct RingSink {
  GstBaseSink parent;
  SinkState* state;
};
struct RingSinkClass {
  GstBaseSinkClass parentClass;
};

G_DEFINE_TYPE(RingSink, ring_sink, GST_TYPE_BASE_SINK)

enum { PROP_RING = 1 };

GstStaticPadTemplate sinkTemplate =
    GST_STATIC_PAD_TEMPLATE("sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS(kRingCaps));

SinkState& stateOf(gpointer instance) {
  return *G_TYPE_CHECK_INSTANCE_CAST(instance, ring_sink_get_type(), RingSink)->state;
}

std::int64_t monotonicNs() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

void setProperty(GObject* object, guint id, const GValue* value, GParamSpec* spec) {
  if (id != PROP_RING) {
    G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
    return;
  }
  const gchar* path = g_value_get_string(value);
  SinkState& state = stateOf(object);
  const std::scoped_lock guard(state.lock);
  state.path = path ? path : "";
}

void getProperty(GObject* object, guint id, GValue* value, GParamSpec* spec) {
  if (id != PROP_RING) {
    G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
    return;
  }
  SinkState& state = stateOf(object);
  const std::scoped_lock guard(state.lock);
  g_value_set_string(value, state.path.c_str());
}

/// NULL→READY.
gboolean start(GstBaseSink* base) {
  SinkState& state = stateOf(base);
  try {
    const std::scoped_lock guard(state.lock);
    if (state.isDraft) {
      state.writer = RingWriter::openDraft(state.path);
    } else if (state.before && state.before->hasName()) {
      state.writer = state.before;
    } else {
      state.writer = RingWriter::open(state.path);
    }
    return TRUE;
  } catch (const std::exception& error) {
    GST_ELEMENT_ERROR(base, RESOURCE, OPEN_WRITE, ("The ring cannot be written: %s.", error.what()),
                      (nullptr));
    return FALSE;
  }
}

/// READY→NULL. Buffers that upstream still holds keep the mapping until they are freed.
gboolean stop(GstBaseSink* base) {
  SinkState& state = stateOf(base);
  state.format.reset();
  const std::scoped_lock guard(state.lock);
  state.writer.reset();
  return TRUE;
}

gboolean setCaps(GstBaseSink* base, GstCaps* caps) {
  SinkState& state = stateOf(base);
  const auto writer = state.currentWriter();
  auto format = frameFormat(caps);
  if (!writer || !format) return FALSE;
  const bool slots = writer->slotSize() > 0;
  if (slots != format->raw.has_value()) {
    GST_ELEMENT_ERROR(base, STREAM, FORMAT, ("The ring was made for %s frames.", slots ? "raw" : "encoded"),
                      ("caps %s", format->ring.caps.c_str()));
    return FALSE;
  }
  writer->setFormat(format->ring);
  state.format = std::move(format);
  return TRUE;
}

gboolean proposeAllocation(GstBaseSink* base, GstQuery* query) {
  GstCaps* caps = nullptr;
  gboolean needPool = FALSE;
  gst_query_parse_allocation(query, &caps, &needPool);
  const auto writer = stateOf(base).currentWriter();
  GstVideoInfo info;
  if (!caps || !writer || writer->slotSize() == 0) return TRUE;
  if (!gst_video_info_from_caps(&info, caps)) return FALSE;
  gst_query_add_allocation_meta(query, GST_VIDEO_META_API_TYPE, nullptr);
  if (needPool) {
    GstBufferPool* pool = newRingPool(writer, caps, info);
    // No minimum and no maximum: the pool never makes upstream wait.
    gst_query_add_allocation_pool(query, pool, static_cast<guint>(FrameLayout::of(info).size), 0, 0);
    gst_object_unref(pool);
  }
  return TRUE;
}

/// Capture time of a timestamp. Through the segment, since encoders shift their timestamps to keep decoding
/// times positive (x264enc by 1000 hours) and compensate there.
std::int64_t captureOf(GstBaseSink* base, GstBuffer* buffer) {
  const GstClockTime stamp =
      GST_BUFFER_PTS_IS_VALID(buffer) ? GST_BUFFER_PTS(buffer) : GST_BUFFER_DTS(buffer);
  guint64 running = 0;
  const int sign = GST_CLOCK_TIME_IS_VALID(stamp)
                       ? gst_segment_to_running_time_full(&base->segment, GST_FORMAT_TIME, stamp, &running)
                       : 0;
  if (sign == 0) return monotonicNs();
  const auto baseTime = static_cast<std::int64_t>(gst_element_get_base_time(GST_ELEMENT(base)));
  return baseTime + sign * static_cast<std::int64_t>(running);
}

FrameMeta metaOf(GstBaseSink* base, SinkState& state, GstBuffer* buffer) {
  FrameMeta meta;
  meta.captureNs = captureOf(base, buffer);
  meta.durationNs = state.format->durationNs;
  if (meta.durationNs == 0 && GST_BUFFER_DURATION_IS_VALID(buffer)) {
    meta.durationNs = static_cast<std::int64_t>(GST_BUFFER_DURATION(buffer));
  }
  if (GST_BUFFER_PTS_IS_VALID(buffer) && GST_BUFFER_DTS_IS_VALID(buffer)) {
    meta.dtsDeltaNs = GST_CLOCK_DIFF(GST_BUFFER_DTS(buffer), GST_BUFFER_PTS(buffer));
  }
  const bool key = state.format->onlyKeys || !GST_BUFFER_FLAG_IS_SET(buffer, GST_BUFFER_FLAG_DELTA_UNIT);
  if (key) meta.flags |= TEECAM_FRAME_KEY;
  if (GST_BUFFER_IS_DISCONT(buffer)) meta.flags |= TEECAM_FRAME_DISCONTINUITY;
  if (GST_BUFFER_FLAG_IS_SET(buffer, GST_BUFFER_FLAG_CORRUPTED)) meta.flags |= TEECAM_FRAME_CORRUPT;
  if (state.isSlate(meta.captureNs)) meta.flags |= TEECAM_FRAME_SLATE;
  return meta;
}

struct Published {
  std::optional<std::uint64_t> sequence;  // nullopt: dropped
  bool copied = false;
};

/// The frame of `from` in a slot of the ring; nullptr when none is free or the frame cannot be read.
GstBuffer* copyToSlot(const std::shared_ptr<RingWriter>& writer, const GstVideoInfo& info, GstBuffer* from) {
  GstBuffer* to = newSlotBuffer(writer, info);
  if (!to) return nullptr;
  GstVideoInfo shape = info;
  GstVideoFrame source, target;
  bool copied = false;
  if (gst_video_frame_map(&source, &shape, from, GST_MAP_READ)) {
    if (gst_video_frame_map(&target, &shape, to, GST_MAP_WRITE)) {
      copied = gst_video_frame_copy(&target, &source);
      gst_video_frame_unmap(&target);
    }
    gst_video_frame_unmap(&source);
  }
  if (!copied) gst_clear_buffer(&to);
  return to;
}

Published publishRaw(const std::shared_ptr<RingWriter>& writer, const GstVideoInfo& info, GstBuffer* buffer,
                     FrameMeta meta) {
  GstBuffer* copy = nullptr;
  auto slot = claimSlot(buffer, *writer);
  if (!slot) {
    copy = copyToSlot(writer, info, buffer);
    if (copy) slot = claimSlot(copy, *writer);
  }
  Published result{std::nullopt, copy != nullptr};
  if (slot) {
    GstBuffer* placed = copy ? copy : buffer;
    // bufferOn() in the pool gave it one.
    const GstVideoMeta* planes = gst_buffer_get_video_meta(placed);
    meta.planeCount = planes->n_planes;
    for (guint i = 0; i < planes->n_planes; i++) {
      meta.planeOffset[i] = planes->offset[i];
      meta.planeStride[i] = static_cast<std::uint32_t>(planes->stride[i]);
    }
    result.sequence = writer->publishSlot(*slot, gst_buffer_get_size(placed), meta);
  } else {
    writer->markDiscontinuity();
  }
  gst_clear_buffer(&copy);
  return result;
}

/// The memories of a buffer, each mapped by itself: mapping the buffer would join them first, which is a
/// copy.
class MappedMemories {
 public:
  explicit MappedMemories(GstBuffer* buffer) {
    for (guint i = 0; i < gst_buffer_n_memory(buffer); i++) {
      GstMapInfo map;
      if (!gst_memory_map(gst_buffer_peek_memory(buffer, i), &map, GST_MAP_READ)) {
        readable_ = false;
        return;
      }
      maps_.push_back(map);
      chunks_.push_back(std::as_bytes(std::span(map.data, map.size)));
    }
  }
  ~MappedMemories() {
    for (GstMapInfo& map : maps_) gst_memory_unmap(map.memory, &map);
  }
  MappedMemories(const MappedMemories&) = delete;
  MappedMemories& operator=(const MappedMemories&) = delete;

  bool readable() const { return readable_; }
  std::span<const std::span<const std::byte>> chunks() const { return chunks_; }

 private:
  std::vector<GstMapInfo> maps_;
  std::vector<std::span<const std::byte>> chunks_;
  bool readable_ = true;
};

Published publishEncoded(RingWriter& writer, GstBuffer* buffer, const FrameMeta& meta) {
  const MappedMemories memories(buffer);
  if (memories.readable()) return {writer.publish(memories.chunks(), meta)};
  writer.markDiscontinuity();
  return {};
}

GstFlowReturn render(GstBaseSink* base, GstBuffer* buffer) {
  SinkState& state = stateOf(base);
  const auto writer = state.currentWriter();
  if (!writer || !state.format) return GST_FLOW_NOT_NEGOTIATED;
  try {
    const FrameMeta meta = metaOf(base, state, buffer);
    const Published published = state.format->raw ? publishRaw(writer, *state.format->raw, buffer, meta)
                                                  : publishEncoded(*writer, buffer, meta);
    const std::scoped_lock guard(state.lock);
    RingSinkStats& stats = state.stats;
    if (!published.sequence) {
      stats.dropped++;
      return GST_FLOW_OK;
    }
    stats.published++;
    stats.bytes += gst_buffer_get_size(buffer);
    if (meta.flags & TEECAM_FRAME_KEY) stats.keyFrames++;
    if (published.copied) stats.copied++;
    stats.latencyNs = monotonicNs() - meta.captureNs;
    return GST_FLOW_OK;
  } catch (const std::exception& error) {
    GST_ELEMENT_ERROR(base, RESOURCE, WRITE, ("The ring cannot be written: %s.", error.what()), (nullptr));
    return GST_FLOW_ERROR;
  }
}

void finalize(GObject* object) {
  delete reinterpret_cast<RingSink*>(object)->state;
  G_OBJECT_CLASS(ring_sink_parent_class)->finalize(object);
}

void ring_sink_class_init(RingSinkClass* klass) {
  auto* object = G_OBJECT_CLASS(klass);
  object->set_property = setProperty;
  object->get_property = getProperty;
  object->finalize = finalize;
  g_object_class_install_property(
      object, PROP_RING,
      g_param_spec_string(
          "ring", "Ring", "Path of an existing ring file", "",
          static_cast<GParamFlags>(G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY)));
  auto* element = GST_ELEMENT_CLASS(klass);
  gst_element_class_add_static_pad_template(element, &sinkTemplate);
  gst_element_class_set_static_metadata(element, "Ring writer", "Sink/Video",
                                        "Writes frames to a ring in shared memory", "Teecam");
  auto* base = GST_BASE_SINK_CLASS(klass);
  base->start = start;
  base->stop = stop;
  base->set_caps = setCaps;
  base->propose_allocation = proposeAllocation;
  base->render = render;
}

/// Frames go out when they come, whatever the clock says; nothing waits for a preroll, since a branch may be
/// closed for hours; and no frame is kept, for it would keep a slot, or a camera's buffer and with it the
/// device.
void ring_sink_init(RingSink* self) {
  self->state = new SinkState;
  auto* base = GST_BASE_SINK(self);
  gst_base_sink_set_sync(base, FALSE);
  gst_base_sink_set_async_enabled(base, FALSE);
  gst_base_sink_set_last_sample_enabled(base, FALSE);
  gst_base_sink_set_qos_enabled(base, FALSE);
}

}  // namespace

GType ringSinkType() {
  return ring_sink_get_type();
}

RingSinkStats ringSinkStats(GstElement* element) {
  SinkState& state = stateOf(element);
  const std::scoped_lock guard(state.lock);
  return state.stats;
}

void ringSinkSetState(GstElement* element, teecam_ring_state ringState, const std::string& reason) {
  if (const auto writer = stateOf(element).currentWriter()) writer->setState(ringState, reason);
}

void ringSinkSetTimeline(GstElement* element, std::shared_ptr<const SlateTimeline> timeline) {
  SinkState& state = stateOf(element);
  const std::scoped_lock guard(state.lock);
  state.timeline = std::move(timeline);
}

void ringSinkMarkDiscontinuity(GstElement* element) {
  if (const auto writer = stateOf(element).currentWriter()) writer->markDiscontinuity();
}

void ringSinkSucceed(GstElement* element, GstElement* before, bool isDraft) {
  auto writer = before != nullptr ? stateOf(before).currentWriter() : nullptr;
  SinkState& state = stateOf(element);
  const std::scoped_lock guard(state.lock);
  state.before = std::move(writer);
  state.isDraft = isDraft;
}

std::shared_ptr<RingWriter> ringSinkWriter(GstElement* element) {
  return stateOf(element).currentWriter();
}

void ringSinkBeginSuccession(GstElement* element) {
  SinkState& state = stateOf(element);
  const std::scoped_lock guard(state.lock);
  const auto before = std::exchange(state.before, nullptr);
  state.isDraft = false;
  if (before == nullptr || state.writer == nullptr) return;
  if (state.writer == before)
    state.writer->markDiscontinuity();
  else
    state.writer->continueAfter(*before);
}

}  // namespace teecam
