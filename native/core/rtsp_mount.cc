#include "core/rtsp_mount.h"

#include <utility>

namespace teecam {

RtspMount::RtspMount(RtspMountOptions options)
    : path(std::move(options.path)),
      ring(std::move(options.ring)),
      codec(options.codec),
      place(std::move(options.place)),
      backlog(options.backlog) {
  g_weak_ref_init(&media, nullptr);
}

RtspMount::~RtspMount() {
  g_weak_ref_clear(&media);
}

unsigned RtspMount::playing() const {
  auto* current = static_cast<GstRTSPMedia*>(g_weak_ref_get(&media));
  if (!current) return 0;
  unsigned count = 0;
  if (GstRTSPStream* stream = gst_rtsp_media_get_stream(current, 0)) {
    // Only transports that are active are in this list.
    GList* transports = gst_rtsp_stream_transport_filter(stream, nullptr, nullptr);
    count = g_list_length(transports);
    g_list_free_full(transports, g_object_unref);
  }
  g_object_unref(current);
  return count;
}

RtspMountStats RtspMount::stats() const {
  return {path, playing(), frames.load(), dropped.load(), ageNs.load()};
}

}  // namespace teecam
