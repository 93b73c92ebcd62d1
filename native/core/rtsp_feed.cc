#include "core/rtsp_feed.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "core/ring_error.h"

namespace teecam {

namespace {

using namespace std::chrono_literals;

/// DESCRIBE needs a frame to say what the stream is; a camera that starts shows its slate within a second.
constexpr auto kFirstFrame = 10s;
/// How often a missing ring is looked for, and a missing key frame.
constexpr auto kTick = 100ms;
/// The encoder gives a key frame at most twice a second; one that was asked for and has not come after this
/// is asked for again.
constexpr auto kKnockAgain = 550ms;
/// How long PLAY waits for its key frame when no frame comes, and the frame for PLAY. While frames come it
/// waits up to kFirstFrame: a camera that encodes by itself makes key frames when it likes.
constexpr auto kJoin = 600ms;
constexpr auto kJoined = 150ms;
/// RTP's JPEG payload counts in blocks of eight pixels, in one byte.
constexpr std::uint32_t kJpegSide = 2040;

GstClockTime now() {
  return static_cast<GstClockTime>(g_get_monotonic_time()) * 1000;
}

}  // namespace

RtspFeed::RtspFeed(std::shared_ptr<RtspMount> mount, GstElement* bin, GstClockTime baseTime)
    : mount_(std::move(mount)), source_(gst_bin_get_by_name(GST_BIN(bin), "source")), baseTime_(baseTime) {
  GstElement* pay = gst_bin_get_by_name(GST_BIN(bin), "pay0");
  GstPad* pad = gst_element_get_static_pad(pay, "src");
  const auto kinds = static_cast<GstPadProbeType>(GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST);
  gst_pad_add_probe(pad, kinds, onPayload, this, nullptr);
  gst_object_unref(pad);
  gst_object_unref(pay);
}

RtspFeed::~RtspFeed() {
  stop();
  gst_object_unref(source_);
}

void RtspFeed::start() {
  if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
}

void RtspFeed::stop() {
  {
    std::lock_guard guard(lock_);
    stopping_ = true;
    if (reader_) reader_->interrupt();
    changed_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

void RtspFeed::join() {
  std::unique_lock guard(lock_);
  if (stopping_ || phase_ == Phase::priming) return;
  joining_++;
  if (reader_) knock();
  const auto deadline = Clock::now() + kFirstFrame;
  const auto over = [this] { return keyInHand_ || stopping_; };
  while (!changed_.wait_for(guard, kJoin, over)) {
    if (Clock::now() > deadline || Clock::now() - lastFrame_ > kJoin) return;
  }
}

void RtspFeed::joined() {
  std::lock_guard guard(lock_);
  if (joining_ > 0) joining_--;
  phase_ = Phase::flowing;
  changed_.notify_all();
}

void RtspFeed::hold() {
  std::lock_guard guard(lock_);
  if (phase_ == Phase::flowing) phase_ = Phase::idle;
}

void RtspFeed::run() {
  try {
    const auto deadline = Clock::now() + kFirstFrame;
    while (!stopping_) {
      if (phase() == Phase::starting && (mount_->retired || Clock::now() > deadline))
        return fail("the stream gives no frame");
      if (reader_ && reader_->ended()) close();
      if (!reader_ && !open()) continue;
      if (const auto frame = reader_->take(RingMode::next)) {
        take(*frame);
      } else {
        reader_->status();  // or waitFor would go on telling of the same change of state
        reader_->waitFor(kTick);
      }
      knockAgain();
    }
  } catch (const std::exception& error) {
    fail(error.what());
  }
  close();
}

/// Opening knocks, too. Until the ring is there, waits a little.
bool RtspFeed::open() {
  try {
    opened_ = static_cast<std::int64_t>(now());
    auto reader = RingReader::open(mount_->ring);
    std::lock_guard guard(lock_);
    reader_ = std::move(reader);
    knocked_ = Clock::now();
    needsKey_ = true;
    return true;
  } catch (const RingError&) {
    std::unique_lock guard(lock_);
    changed_.wait_for(guard, kTick, [this] { return stopping_.load(); });
    return false;
  }
}

void RtspFeed::close() {
  std::lock_guard guard(lock_);
  reader_.reset();
}

/// With lock_.
void RtspFeed::knock() {
  knocked_ = Clock::now();
  try {
    reader_->knock();
  } catch (const RingError&) {
    // The name is gone for the moment; the reader finds the next file, and opening that knocks.
  }
}

void RtspFeed::knockAgain() {
  std::lock_guard guard(lock_);
  const bool missing = joining_ > 0 || (needsKey_ && (phase_ == Phase::flowing || phase_ == Phase::starting));
  if (missing && reader_ && Clock::now() - knocked_ > kKnockAgain) knock();
}

RtspFeed::Phase RtspFeed::phase() {
  std::lock_guard guard(lock_);
  return phase_;
}

bool RtspFeed::idle() {
  std::lock_guard guard(lock_);
  return phase_ == Phase::idle && joining_ == 0;
}

void RtspFeed::take(const RingFrame& frame) {
  if (frame.info.published_ns < opened_) return;
  {
    std::lock_guard guard(lock_);
    lastFrame_ = Clock::now();
  }
  if (frame.missed > 0 || (frame.info.flags & TEECAM_FRAME_DISCONTINUITY)) needsKey_ = true;
  if (idle()) {
    needsKey_ = true;
    return;
  }
  if (!fits(frame)) {
    if (phase() == Phase::flowing) mount_->dropped++;
    return;
  }
  needsKey_ = false;
  if (frame.info.flags & TEECAM_FRAME_KEY) meetJoiners();
  if (idle())
    needsKey_ = true;
  else
    push(frame);
}

/// Not before the first key frame, not what refers to a frame that was left out, not when the network side
/// stands still.
bool RtspFeed::fits(const RingFrame& frame) {
  if (needsKey_ && !(frame.info.flags & TEECAM_FRAME_KEY)) return false;
  if (gst_app_src_get_current_level_buffers(GST_APP_SRC(source_)) < mount_->backlog) return true;
  needsKey_ = true;
  std::lock_guard guard(lock_);
  if (phase_ == Phase::priming) phase_ = Phase::idle;
  return false;
}

void RtspFeed::meetJoiners() {
  std::unique_lock guard(lock_);
  if (joining_ == 0) return;
  keyInHand_ = true;
  changed_.notify_all();
  changed_.wait_for(guard, kJoined, [this] { return joining_ == 0 || stopping_; });
  keyInHand_ = false;
  joining_ = 0;
}

void RtspFeed::push(const RingFrame& frame) {
  const auto& info = frame.info;
  if (mount_->codec == RtspCodec::jpeg && std::max(info.width, info.height) > kJpegSide)
    return fail("RTP carries JPEG pictures of up to 2040 by 2040 only");

  GstBuffer* buffer = gst_buffer_new_allocate(nullptr, frame.data.size(), nullptr);
  GstMapInfo map;
  gst_buffer_map(buffer, &map, GST_MAP_WRITE);
  std::memcpy(map.data, frame.data.data(), frame.data.size());
  gst_buffer_unmap(buffer, &map);
  if (!frame.valid()) {
    gst_buffer_unref(buffer);
    needsKey_ = true;
    mount_->dropped++;
    return;
  }

  const bool first = phase() == Phase::starting;
  if (first || info.generation != capsGeneration_) setCaps(frame);
  const auto captured = static_cast<GstClockTime>(info.capture_ns);
  const GstClockTime pts = captured > baseTime_ ? captured - baseTime_ : 0;
  pts_ = first ? pts : std::max(pts, pts_ + GST_USECOND);
  GST_BUFFER_PTS(buffer) = pts_;
  GST_BUFFER_DTS(buffer) = GST_CLOCK_TIME_NONE;
  if (info.duration_ns > 0) GST_BUFFER_DURATION(buffer) = static_cast<GstClockTime>(info.duration_ns);
  if (!(info.flags & TEECAM_FRAME_KEY)) GST_BUFFER_FLAG_SET(buffer, GST_BUFFER_FLAG_DELTA_UNIT);
  if (gst_app_src_push_buffer(GST_APP_SRC(source_), buffer) == GST_FLOW_OK) mount_->frames++;
  std::lock_guard guard(lock_);
  if (phase_ == Phase::starting) phase_ = Phase::priming;
}

void RtspFeed::setCaps(const RingFrame& frame) {
  capsGeneration_ = frame.info.generation;
  const teecam_ring_header ring = reader_->status().header;
  const char* grouped = mount_->codec == RtspCodec::h265 ? "video/x-h265" : "video/x-h264";
  GstCaps* caps = mount_->codec != RtspCodec::jpeg
                      ? gst_caps_new_simple(grouped, "stream-format", G_TYPE_STRING, "byte-stream",
                                            "alignment", G_TYPE_STRING, "au", nullptr)
                      : gst_caps_new_empty_simple("image/jpeg");
  gst_caps_set_simple(caps, "width", G_TYPE_INT, static_cast<int>(frame.info.width), "height", G_TYPE_INT,
                      static_cast<int>(frame.info.height), nullptr);
  if (ring.framerate_num > 0 && ring.framerate_den > 0)
    gst_caps_set_simple(caps, "framerate", GST_TYPE_FRACTION, static_cast<int>(ring.framerate_num),
                        static_cast<int>(ring.framerate_den), nullptr);
  gst_app_src_set_caps(GST_APP_SRC(source_), caps);
  gst_caps_unref(caps);
}

/// The media takes this for its own error: DESCRIBE is answered with 503.
void RtspFeed::fail(const char* why) {
  stopping_ = true;
  GST_ELEMENT_ERROR(source_, RESOURCE, READ, ("%s", why), ("%s", mount_->path.c_str()));
}

GstPadProbeReturn RtspFeed::onPayload(GstPad*, GstPadProbeInfo* info, gpointer self) {
  auto* feed = static_cast<RtspFeed*>(self);
  GstBuffer* first = nullptr;
  if (GST_PAD_PROBE_INFO_TYPE(info) & GST_PAD_PROBE_TYPE_BUFFER_LIST) {
    GstBufferList* list = GST_PAD_PROBE_INFO_BUFFER_LIST(info);
    if (gst_buffer_list_length(list) > 0) first = gst_buffer_list_get(list, 0);
    feed->mount_->bytes += gst_buffer_list_calculate_size(list);
  } else {
    first = GST_PAD_PROBE_INFO_BUFFER(info);
    feed->mount_->bytes += gst_buffer_get_size(first);
  }
  if (first && GST_BUFFER_PTS_IS_VALID(first))
    feed->mount_->ageNs =
        static_cast<std::int64_t>(now()) - static_cast<std::int64_t>(feed->baseTime_ + GST_BUFFER_PTS(first));
  return GST_PAD_PROBE_OK;
}

}  // namespace teecam
