// Thread: any; the counters are atomic, the media is a GLib weak reference, generations have a lock.
// Owns: what a mount is and what it has counted, over all the media made for it.
// Ends: with the last of server, factory and media.
#pragma once

#include <gst/rtsp-server/rtsp-server.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>

#include "core/rtsp_types.h"

namespace teecam {

struct RtspMount {
  explicit RtspMount(RtspMountOptions options);
  ~RtspMount();
  RtspMount(const RtspMount&) = delete;
  RtspMount& operator=(const RtspMount&) = delete;

  /// Of the media that is prepared now.
  unsigned playing() const;
  RtspMountStats stats() const;
  RtspCounts counts() const { return {bytes.load(), frames.load(), dropped.load()}; }

  const std::string path;
  const std::string ring;
  const RtspCodec codec;
  const std::string place;
  /// Frames that may wait in front of the payloader. They wait when this process does not get the processor;
  /// what a client's network holds up waits behind the payloader.
  std::atomic<unsigned> backlog;

  std::atomic<std::uint64_t> bytes{0};  // of RTP packets
  std::atomic<std::uint64_t> frames{0};
  std::atomic<std::uint64_t> dropped{0};
  std::atomic<std::int64_t> ageNs{0};
  /// Media that are not finalized yet.
  std::atomic<int> living{0};
  /// Unmounted: a media that still waits for its first frame gives up.
  std::atomic<bool> retired{false};
  /// A media has posted an error: its clients will see no more pictures.
  std::atomic<bool> failed{false};
  /// Of the newest generation that was made.
  mutable GWeakRef media;

  // Each media is a generation; who comes is given the current one.
  std::mutex lock;
  std::condition_variable begins;
  unsigned generation = 1;  // guarded by lock, as are the next two
  unsigned made = 0;        // by somebody, who prepares it next
  unsigned begun = 0;       // it is prepared, or on its way; 0: none yet
};

}  // namespace teecam
