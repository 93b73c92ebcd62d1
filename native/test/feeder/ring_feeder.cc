// Fills a ring for tests of what reads one: a moving picture, encoded as a camera's worker does it, and a key
// frame for whoever opens the ring.
//   teecam-ring-feeder PATH h264|jpeg WIDTH HEIGHT FRAMERATE GOP KBITS AGE
// From 4000 kbit/s on the picture is noise, so that the rate is really needed. AGE: milliseconds by which the
// capture lies before the frame's making.
// Prints "ready" when the first frame is in the ring. Ends on SIGTERM (the ring is removed) or SIGKILL (it
// stays, and the next feeder takes it over).
#include <gst/app/gstappsink.h>
#include <gst/gst.h>
#include <gst/video/video.h>
#include <poll.h>
#include <signal.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <exception>
#include <memory>
#include <string>

#include "core/ring_file.h"
#include "core/ring_writer.h"
#include "core/unique_fd.h"

namespace {

using teecam::RingFile;
using teecam::RingWriter;

constexpr std::uint64_t kArena = 4u << 20;
constexpr GstClockTime kKeyPeriod = 500 * GST_MSECOND;

struct Feed {
  std::string codec;
  int width, height, framerate, gop, kbits, age;
  std::unique_ptr<RingWriter> writer;
  GstClockTime base = 0;
};

std::string pipelineText(const Feed& feed) {
  const auto number = [](int value) { return std::to_string(value); };
  return "videotestsrc is-live=true pattern=" + std::string(feed.kbits >= 4000 ? "snow" : "ball") +
         " ! video/x-raw,format=I420,width=" + number(feed.width) + ",height=" + number(feed.height) +
         ",framerate=" + number(feed.framerate) + "/1 ! " +
         (feed.codec == "jpeg"
              ? std::string("jpegenc ! ")
              : "x264enc name=encoder tune=zerolatency speed-preset=ultrafast threads=1 bitrate=" +
                    number(feed.kbits) + " key-int-max=" + number(feed.gop) +
                    " ! video/x-h264,profile=constrained-baseline ! h264parse config-interval=-1 ! "
                    "video/x-h264,stream-format=byte-stream,alignment=au ! ") +
         "appsink name=sink sync=false async=false";
}

GstFlowReturn onSample(GstAppSink* sink, gpointer data) {
  auto& feed = *static_cast<Feed*>(data);
  GstSample* sample = gst_app_sink_pull_sample(sink);
  GstBuffer* buffer = gst_sample_get_buffer(sample);
  GstMapInfo map;
  gst_buffer_map(buffer, &map, GST_MAP_READ);

  teecam::RingFormat format;
  const auto letters = feed.codec == "jpeg" ? "MJPG" : "H264";
  format.fourcc = GST_MAKE_FOURCC(letters[0], letters[1], letters[2], letters[3]);
  format.width = static_cast<std::uint32_t>(feed.width);
  format.height = static_cast<std::uint32_t>(feed.height);
  format.framerateNum = static_cast<std::uint32_t>(feed.framerate);
  feed.writer->setFormat(format);
  feed.writer->setState(TEECAM_RING_LIVE, "");

  teecam::FrameMeta meta;
  meta.captureNs = static_cast<std::int64_t>(
                       feed.base + gst_segment_to_running_time(gst_sample_get_segment(sample),
                                                               GST_FORMAT_TIME, GST_BUFFER_PTS(buffer))) -
                   feed.age * 1'000'000ll;
  meta.durationNs = static_cast<std::int64_t>(GST_SECOND) / feed.framerate;
  if (!GST_BUFFER_FLAG_IS_SET(buffer, GST_BUFFER_FLAG_DELTA_UNIT)) meta.flags = TEECAM_FRAME_KEY;
  const std::array chunks{std::span(reinterpret_cast<const std::byte*>(map.data), map.size)};
  const auto sequence = feed.writer->publish(chunks, meta);
  static bool told = false;
  if (sequence && !told) {
    told = true;
    std::puts("ready");
    std::fflush(stdout);
  }
  gst_buffer_unmap(buffer, &map);
  gst_sample_unref(sample);
  return GST_FLOW_OK;
}

void forceKeyFrame(GstElement* pipeline) {
  GstElement* encoder = gst_bin_get_by_name(GST_BIN(pipeline), "encoder");
  if (!encoder) return;
  GstPad* pad = gst_element_get_static_pad(encoder, "src");
  gst_pad_send_event(pad, gst_video_event_new_upstream_force_key_unit(GST_CLOCK_TIME_NONE, TRUE, 0));
  gst_object_unref(pad);
  gst_object_unref(encoder);
}

/// Answers every opening of the ring with a key frame, at most one each half second, none forgotten.
void serve(GstElement* pipeline, int inotify, int signals) {
  GstClockTime next = 0;
  bool wanted = false;
  for (;;) {
    const GstClockTime now = gst_util_get_timestamp();
    if (wanted && now >= next) {
      forceKeyFrame(pipeline);
      wanted = false;
      next = now + kKeyPeriod;
    }
    std::array<pollfd, 2> fds{pollfd{signals, POLLIN, 0}, pollfd{inotify, POLLIN, 0}};
    poll(fds.data(), fds.size(), wanted ? static_cast<int>((next - now) / GST_MSECOND) + 1 : -1);
    if (fds[0].revents) return;
    if (fds[1].revents) {
      std::array<char, 4096> events;
      wanted = read(inotify, events.data(), events.size()) > 0;
    }
  }
}

int run(const std::string& path, Feed& feed) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigprocmask(SIG_BLOCK, &set, nullptr);
  teecam::UniqueFd signals(signalfd(-1, &set, SFD_CLOEXEC));
  gst_init(nullptr, nullptr);

  const auto file = RingFile::make(path, {{256, 0, 0, kArena}, "", "test", "stream", 0600, std::nullopt});
  feed.writer = RingWriter::open(path);
  teecam::UniqueFd inotify(inotify_init1(IN_CLOEXEC));
  inotify_add_watch(inotify.get(), path.c_str(), IN_OPEN);

  GstElement* pipeline = gst_parse_launch(pipelineText(feed).c_str(), nullptr);
  GstElement* sink = gst_bin_get_by_name(GST_BIN(pipeline), "sink");
  GstAppSinkCallbacks callbacks{};
  callbacks.new_sample = onSample;
  gst_app_sink_set_callbacks(GST_APP_SINK(sink), &callbacks, &feed, nullptr);
  GstClock* clock = gst_system_clock_obtain();
  gst_pipeline_use_clock(GST_PIPELINE(pipeline), clock);
  feed.base = gst_clock_get_time(clock);
  gst_element_set_start_time(pipeline, GST_CLOCK_TIME_NONE);
  gst_element_set_base_time(pipeline, feed.base);
  gst_element_set_state(pipeline, GST_STATE_PLAYING);
  serve(pipeline, inotify.get(), signals.get());
  gst_element_set_state(pipeline, GST_STATE_NULL);
  gst_object_unref(clock);
  gst_object_unref(sink);
  gst_object_unref(pipeline);
  feed.writer.reset();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 9) {
    std::fputs("teecam-ring-feeder PATH h264|jpeg WIDTH HEIGHT FRAMERATE GOP KBITS AGE\n", stderr);
    return 2;
  }
  try {
    Feed feed{argv[2],
              std::stoi(argv[3]),
              std::stoi(argv[4]),
              std::stoi(argv[5]),
              std::stoi(argv[6]),
              std::stoi(argv[7]),
              std::stoi(argv[8]),
              nullptr,
              0};
    return run(argv[1], feed);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
