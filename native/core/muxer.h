// Thread: any; onNews runs on the muxer's own.
// Owns: that thread, a reader of the ring (which is what opens the branch), and the chunks that nobody has
// taken yet. Ends: the destructor, which waits for the thread, some milliseconds at most.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "core/media_writer.h"
#include "core/ring_reader.h"

namespace teecam {

struct MuxerOptions {
  std::string ring;
  Container container = Container::mpegTs;
  /// Bytes that may wait to be taken. When there would be more, those that wait are dropped, and it goes on
  /// at the next key frame.
  std::size_t maxWaitingBytes = 0;
};

struct MuxerStats {
  std::uint64_t frames = 0;
  std::uint64_t dropped = 0;
};

/// The frames of an H.264 ring in a container, from a key frame on, and after a loss from the next one on.
class Muxer {
 public:
  struct News {
    std::vector<MuxedChunk> chunks;
    bool ended = false;  // the stream is gone; nothing more will come
  };

  /// `onNews` is called when there is something to take, and not again before it was taken. Throws RingError:
  /// what RingReader::open throws, and `failed` for a ring that is not H.264.
  Muxer(MuxerOptions options, std::function<void()> onNews);
  ~Muxer();
  Muxer(const Muxer&) = delete;
  Muxer& operator=(const Muxer&) = delete;

  News take();
  /// The next key frame shall come soon: somebody wants to begin.
  void requestKeyFrame();
  MuxerStats stats();

 private:
  using Clock = std::chrono::steady_clock;

  void run();
  void read();
  void handle(const RingFrame& frame);
  void write(const RingFrame& frame);
  void publish(std::vector<MuxedChunk> chunks, bool key);
  void end();
  void loseTrack();
  void knock();
  void knockAgain();

  const MuxerOptions options_;
  const std::function<void()> onNews_;
  const std::int64_t openedNs_;
  const std::unique_ptr<RingReader> reader_;
  std::atomic<bool> stopping_{false};

  // Of the thread only.
  const std::unique_ptr<MediaWriter> writer_;
  std::vector<std::byte> frame_;
  bool needsKey_ = true;

  std::mutex lock_;
  std::vector<MuxedChunk> waiting_;  // guarded by lock_
  std::size_t waitingBytes_ = 0;     // guarded by lock_
  bool told_ = false;                // guarded by lock_
  bool ended_ = false;               // guarded by lock_
  bool wantsKey_ = false;            // guarded by lock_
  Clock::time_point knocked_;        // guarded by lock_
  MuxerStats stats_;                 // guarded by lock_

  std::thread thread_;
};

}  // namespace teecam
