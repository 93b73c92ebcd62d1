#include "core/rtsp_acceptor.h"

#include "core/open_files.h"

namespace teecam {

namespace {

constexpr gint64 kWarningPauseUs = 10'000'000;

struct RtspAcceptor {
  GstRTSPServer parent;
  gint64 warnedUs;  // the accepting thread's own
};
struct RtspAcceptorClass {
  GstRTSPServerClass parentClass;
};

G_DEFINE_TYPE(RtspAcceptor, rtsp_acceptor, GST_TYPE_RTSP_SERVER)

/// The server closes the connection for which this returns nothing, and goes on listening.
GstRTSPClient* createClient(GstRTSPServer* server) {
  if (filesAreLeft()) return GST_RTSP_SERVER_CLASS(rtsp_acceptor_parent_class)->create_client(server);
  auto* self = reinterpret_cast<RtspAcceptor*>(server);
  const gint64 now = g_get_monotonic_time();
  if (self->warnedUs == 0 || now - self->warnedUs > kWarningPauseUs) {
    self->warnedUs = now;
    g_warning("an RTSP client is turned away: too many files are open (ulimit -n)");
  }
  return nullptr;
}

void rtsp_acceptor_class_init(RtspAcceptorClass* klass) {
  GST_RTSP_SERVER_CLASS(klass)->create_client = createClient;
}

void rtsp_acceptor_init(RtspAcceptor*) {}

}  // namespace

GstRTSPServer* newRtspAcceptor() {
  return static_cast<GstRTSPServer*>(g_object_new(rtsp_acceptor_get_type(), nullptr));
}

}  // namespace teecam
