#include "core/rtsp_media.h"

#include <atomic>
#include <chrono>
#include <mutex>
#include <optional>
#include <utility>

#include "core/rtsp_feed.h"

namespace {

using teecam::RtspCodec;
using teecam::RtspFeed;
using teecam::RtspMount;
using MountRef = std::shared_ptr<RtspMount>;

// ---- media ------------------------------------------------------------------

struct TeecamRtspMedia {
  GstRTSPMedia parent;
  MountRef* mount;
  RtspFeed* feed;
  unsigned generation;
  bool begun;                // to be prepared; guarded by the mount's lock
  std::atomic<bool> failed;  // its pipeline has posted an error
};
struct TeecamRtspMediaClass {
  GstRTSPMediaClass parent;
};
G_DEFINE_TYPE(TeecamRtspMedia, teecam_rtsp_media, GST_TYPE_RTSP_MEDIA)

TeecamRtspMedia* asMedia(gpointer object) {
  return static_cast<TeecamRtspMedia*>(object);
}

gboolean mediaPrepare(GstRTSPMedia* media, GstRTSPThread* thread) {
  auto* self = asMedia(media);
  {
    RtspMount& mount = **self->mount;
    std::lock_guard guard(mount.lock);
    self->begun = true;
    mount.begun = self->generation;
    mount.begins.notify_all();
  }
  const gboolean prepared = GST_RTSP_MEDIA_CLASS(teecam_rtsp_media_parent_class)->prepare(media, thread);
  if (prepared) self->feed->start();
  return prepared;
}

gboolean mediaUnprepare(GstRTSPMedia* media) {
  asMedia(media)->feed->stop();
  return GST_RTSP_MEDIA_CLASS(teecam_rtsp_media_parent_class)->unprepare(media);
}

gboolean mediaHandleMessage(GstRTSPMedia* media, GstMessage* message) {
  if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR) {
    asMedia(media)->failed = true;
    (*asMedia(media)->mount)->failed = true;
  }
  return GST_RTSP_MEDIA_CLASS(teecam_rtsp_media_parent_class)->handle_message(media, message);
}

void mediaNewState(GstRTSPMedia* media, GstState state) {
  if (auto* feed = asMedia(media)->feed; feed && state != GST_STATE_PLAYING) feed->hold();
}

gboolean mediaSetupRtpbin(GstRTSPMedia* media, GstElement* rtpbin) {
  // A sender report then maps RTP time to the time of capture, not to that of sending.
  g_object_set(rtpbin, "rtcp-sync-send-time", FALSE, nullptr);
  auto setup = GST_RTSP_MEDIA_CLASS(teecam_rtsp_media_parent_class)->setup_rtpbin;
  return setup ? setup(media, rtpbin) : TRUE;
}

void mediaFinalize(GObject* object) {
  auto* self = asMedia(object);
  delete self->feed;
  if (self->mount) (*self->mount)->living--;
  delete self->mount;
  G_OBJECT_CLASS(teecam_rtsp_media_parent_class)->finalize(object);
}

void teecam_rtsp_media_init(TeecamRtspMedia*) {}

void teecam_rtsp_media_class_init(TeecamRtspMediaClass* klass) {
  G_OBJECT_CLASS(klass)->finalize = mediaFinalize;
  klass->parent.prepare = mediaPrepare;
  klass->parent.unprepare = mediaUnprepare;
  klass->parent.handle_message = mediaHandleMessage;
  klass->parent.new_state = mediaNewState;
  klass->parent.setup_rtpbin = mediaSetupRtpbin;
}

// ---- factory ----------------------------------------------------------------

struct TeecamRtspFactory {
  GstRTSPMediaFactory parent;
  MountRef* mount;
};
struct TeecamRtspFactoryClass {
  GstRTSPMediaFactoryClass parent;
};
G_DEFINE_TYPE(TeecamRtspFactory, teecam_rtsp_factory, GST_TYPE_RTSP_MEDIA_FACTORY)

TeecamRtspFactory* asFactory(gpointer object) {
  return static_cast<TeecamRtspFactory*>(object);
}

/// RTP packet lists that may wait for one kind of transport: some three seconds.
constexpr guint kBacklog = 100;

GstElement* make(GstBin* bin, const char* factory, const char* name) {
  GstElement* element = gst_element_factory_make(factory, name);
  if (element) gst_bin_add(bin, element);
  return element;
}

struct Wrapping {
  const char* parser;
  const char* payloader;
  guint payloadType;
  std::optional<gint> configInterval;  // seconds from parameter sets to those that the payloader adds
};

Wrapping wrappingOf(RtspCodec codec) {
  switch (codec) {
    case RtspCodec::h264:
      // Not with every key frame: -1 right behind an encoder that cuts slices spoils pictures in ffmpeg's
      // clients.
      return {"h264parse", "rtph264pay", 96, 1};
    case RtspCodec::h265:
      // None: key frames have them. rtph265pay (1.22) adds those of before, too, so that after a slate nobody
      // can decode the camera.
      return {"h265parse", "rtph265pay", 96, 0};
    case RtspCodec::jpeg:
      break;
  }
  return {"jpegparse", "rtpjpegpay", 26, std::nullopt};
}

GstElement* createElement(GstRTSPMediaFactory* factory, const GstRTSPUrl*) {
  const Wrapping wrapping = wrappingOf((*asFactory(factory)->mount)->codec);
  GstElement* bin = gst_bin_new("stream");
  GstElement* source = make(GST_BIN(bin), "appsrc", "source");
  GstElement* parse = make(GST_BIN(bin), wrapping.parser, nullptr);
  GstElement* pay = make(GST_BIN(bin), wrapping.payloader, "pay0");
  if (!source || !parse || !pay || !gst_element_link_many(source, parse, pay, nullptr)) {
    gst_object_ref_sink(bin);
    gst_object_unref(bin);
    return nullptr;
  }
  g_object_set(source, "is-live", TRUE, "format", GST_FORMAT_TIME, "min-latency", gint64{0}, "do-timestamp",
               FALSE, "max-bytes", guint64{0}, "block", FALSE, nullptr);
  g_object_set(pay, "pt", wrapping.payloadType, nullptr);
  if (wrapping.configInterval) {
    g_object_set(pay, "config-interval", *wrapping.configInterval, nullptr);
    gst_util_set_object_arg(G_OBJECT(pay), "aggregate-mode", "zero-latency");
  }
  return bin;
}

/// A media that has clients of several kinds of transport gets a queue for each kind from gst-rtsp-server, of
/// one buffer, not leaky: were the only TCP client to stop reading, all UDP clients would stand still with
/// it. (The appsink behind must keep its one buffer: the thread that empties it takes one for each wake.)
void loosen(GstElement* queue) {
  g_object_set(queue, "max-size-buffers", kBacklog, nullptr);
  gst_util_set_object_arg(G_OBJECT(queue), "leaky", "downstream");
}

void onElementAdded(GstBin*, GstElement* element, gpointer) {
  GstElementFactory* factory = gst_element_get_factory(element);
  if (factory && g_str_equal(GST_OBJECT_NAME(factory), "queue")) loosen(element);
  // The sinks wait for the clock, 20 ms by themselves; a frame's time has passed when it gets here. (To turn
  // rate control off, the other way out, is undone by every PLAY, and spoils the times in sender reports.)
  if (g_object_class_find_property(G_OBJECT_GET_CLASS(element), "processing-deadline"))
    g_object_set(element, "processing-deadline", guint64{0}, nullptr);
}

GstElement* createPipeline(GstRTSPMediaFactory* factory, GstRTSPMedia* media) {
  GstElement* pipeline =
      GST_RTSP_MEDIA_FACTORY_CLASS(teecam_rtsp_factory_parent_class)->create_pipeline(factory, media);
  if (!pipeline) return nullptr;
  GstClock* clock = gst_system_clock_obtain();
  gst_pipeline_use_clock(GST_PIPELINE(pipeline), clock);
  // A base time that is known before the first frame: presentation time is capture time less this. A second
  // in the past, since the first frame may have been captured a little before.
  gst_element_set_start_time(pipeline, GST_CLOCK_TIME_NONE);
  gst_element_set_base_time(pipeline, gst_clock_get_time(clock) - GST_SECOND);
  gst_object_unref(clock);
  g_signal_connect(pipeline, "element-added", G_CALLBACK(onElementAdded), nullptr);

  auto* self = asMedia(media);
  const MountRef& mount = *asFactory(factory)->mount;
  self->mount = new MountRef(mount);
  mount->living++;
  GstElement* bin = gst_rtsp_media_get_element(media);
  self->feed = new RtspFeed(mount, bin, gst_element_get_base_time(pipeline));
  gst_object_unref(bin);
  std::lock_guard guard(mount->lock);
  self->generation = mount->generation;
  mount->begun = 0;
  g_weak_ref_set(&mount->media, media);
  return pipeline;
}

constexpr const char* kHeld = "teecam-held-media";
/// From the key of a media to its being prepared, elements made in between.
constexpr auto kMaking = std::chrono::seconds(2);

void letGo(gpointer media) {
  gst_rtsp_media_unprepare(GST_RTSP_MEDIA(media));
  g_object_unref(media);
}

/// Transfer full. With the mount's lock: its newest media, if that has begun to be prepared. Before, only
/// gst-rtsp-server has the thread that it is prepared with.
GstRTSPMedia* begunMedia(const RtspMount& mount) {
  auto* media = static_cast<GstRTSPMedia*>(g_weak_ref_get(&mount.media));
  if (media && !asMedia(media)->begun) g_clear_object(&media);
  return media;
}

/// Keeps the media prepared until the client that asks for it has its answer. False: it has ended, or failed.
bool holdForRequest(GstRTSPMedia* media) {
  if (!gst_rtsp_media_prepare(media, nullptr)) return false;
  GObject* client = G_OBJECT(gst_rtsp_context_get_current()->client);
  g_object_set_data_full(client, kHeld, g_object_ref(media), letGo);
  return true;
}

/// The generation that this client is given. It shares one that it holds, or makes one: the last viewer of
/// any other may leave between gst-rtsp-server's finding of it and its use, which is answered with 503.
unsigned enter(RtspMount& mount) {
  std::unique_lock guard(mount.lock);
  const auto hasBegun = [&mount] { return mount.begun == mount.generation; };
  for (;;) {
    const unsigned generation = mount.generation;
    if (hasBegun()) {
      GstRTSPMedia* media = begunMedia(mount);
      guard.unlock();
      const bool done = media && (holdForRequest(media) || asMedia(media)->failed);
      g_clear_object(&media);
      if (done) return generation;
      guard.lock();
      if (mount.generation == generation) mount.generation++;
    } else if (mount.made != generation) {
      mount.made = generation;
      return generation;
    } else if (!mount.begins.wait_for(guard, kMaking, hasBegun)) {
      return generation;  // whoever was to make it could not
    }
  }
}

/// One media for the mount, whatever the query in the address is.
gchar* generateKey(GstRTSPMediaFactory* factory, const GstRTSPUrl*) {
  RtspMount& mount = **asFactory(factory)->mount;
  return g_strdup_printf("%s %u", mount.path.c_str(), enter(mount));
}

void factoryFinalize(GObject* object) {
  delete asFactory(object)->mount;
  G_OBJECT_CLASS(teecam_rtsp_factory_parent_class)->finalize(object);
}

void teecam_rtsp_factory_init(TeecamRtspFactory*) {}

void teecam_rtsp_factory_class_init(TeecamRtspFactoryClass* klass) {
  G_OBJECT_CLASS(klass)->finalize = factoryFinalize;
  klass->parent.create_element = createElement;
  klass->parent.create_pipeline = createPipeline;
  klass->parent.gen_key = generateKey;
}

}  // namespace

namespace teecam {

GstRTSPMediaFactory* newRtspFactory(std::shared_ptr<RtspMount> mount) {
  auto* factory = static_cast<TeecamRtspFactory*>(g_object_new(teecam_rtsp_factory_get_type(), nullptr));
  factory->mount = new MountRef(std::move(mount));
  auto* base = GST_RTSP_MEDIA_FACTORY(factory);
  gst_rtsp_media_factory_set_media_gtype(base, teecam_rtsp_media_get_type());
  gst_rtsp_media_factory_set_shared(base, TRUE);
  gst_rtsp_media_factory_set_latency(base, 0);
  return base;
}

RtspFeed* rtspFeed(GstRTSPMedia* media) {
  return media && G_TYPE_CHECK_INSTANCE_TYPE(media, teecam_rtsp_media_get_type()) ? asMedia(media)->feed
                                                                                  : nullptr;
}

void releaseRtspMedia(GstRTSPClient* client) {
  g_object_set_data(G_OBJECT(client), kHeld, nullptr);
}

}  // namespace teecam
