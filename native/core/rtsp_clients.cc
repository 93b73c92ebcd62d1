#include "core/rtsp_clients.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "core/rtsp_feed.h"
#include "core/rtsp_media.h"

namespace teecam {

namespace {

/// A client whose socket takes no data for this long is dropped by the kernel, whether it stopped reading or
/// vanished. gst-rtsp-server's own limit (10 s of backlog) does not run while all TCP clients of a media
/// stand.
constexpr unsigned kStallMs = 10'000;

const char* transportName(GstRTSPContext* context) {
  GstRTSPStreamTransport* stream =
      context->sessmedia ? gst_rtsp_session_media_get_transport(context->sessmedia, 0) : nullptr;
  const GstRTSPTransport* transport = stream ? gst_rtsp_stream_transport_get_transport(stream) : nullptr;
  if (!transport) return "";
  switch (transport->lower_transport) {
    case GST_RTSP_LOWER_TRANS_UDP:
      return "udp";
    case GST_RTSP_LOWER_TRANS_UDP_MCAST:
      return "multicast";
    default:
      return gst_rtsp_connection_is_tunneled(context->conn) ? "http" : "tcp";
  }
}

}  // namespace

struct RtspClients::Filter {
  RtspClients* clients;
  const std::string* path;
};

void RtspClients::attach(GstRTSPServer* server) {
  g_signal_connect(server, "client-connected", G_CALLBACK(onConnected), this);
}

std::size_t RtspClients::count() const {
  std::lock_guard guard(lock_);
  return records_.size();
}

void RtspClients::end(GstRTSPServer* server, const std::string* path) {
  Filter filter{this, path};
  auto choose = [](GstRTSPServer*, GstRTSPClient* client, gpointer data) {
    const auto* wanted = static_cast<Filter*>(data);
    std::lock_guard guard(wanted->clients->lock_);
    auto found = wanted->clients->records_.find(client);
    if (found == wanted->clients->records_.end()) return GST_RTSP_FILTER_KEEP;
    if (wanted->path && !found->second.paths.contains(*wanted->path)) return GST_RTSP_FILTER_KEEP;
    found->second.ended = true;
    return GST_RTSP_FILTER_REMOVE;
  };
  g_list_free(gst_rtsp_server_client_filter(server, choose, &filter));
}

void RtspClients::onConnected(GstRTSPServer*, GstRTSPClient* client, gpointer self) {
  auto* clients = static_cast<RtspClients*>(self);
  GstRTSPConnection* connection = gst_rtsp_client_get_connection(client);
  const int socket = g_socket_get_fd(gst_rtsp_connection_get_write_socket(connection));
  setsockopt(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, &kStallMs, sizeof kStallMs);

  std::string id;
  {
    std::lock_guard guard(clients->lock_);
    id = "rtsp-" + std::to_string(clients->next_++);
    clients->records_[client].id = id;
  }
  g_signal_connect(client, "describe-request", G_CALLBACK(onMedia), self);
  g_signal_connect(client, "setup-request", G_CALLBACK(onMedia), self);
  g_signal_connect(client, "pre-play-request", G_CALLBACK(onPrePlay), self);
  g_signal_connect(client, "play-request", G_CALLBACK(onPlay), self);
  g_signal_connect(client, "send-message", G_CALLBACK(onSend), self);
  g_signal_connect(client, "closed", G_CALLBACK(onClosed), self);
  const char* address = gst_rtsp_connection_get_ip(connection);
  clients->onEvent_({RtspEvent::Kind::connected, id, address ? address : "", {}, {}, {}});
}

void RtspClients::onMedia(GstRTSPClient* client, GstRTSPContext* context, gpointer self) {
  RtspFeed* feed = rtspFeed(context->media);
  if (!feed) return;
  auto* clients = static_cast<RtspClients*>(self);
  std::lock_guard guard(clients->lock_);
  if (auto found = clients->records_.find(client); found != clients->records_.end())
    found->second.paths.insert(feed->path());
}

GstRTSPStatusCode RtspClients::onPrePlay(GstRTSPClient*, GstRTSPContext* context, gpointer) {
  if (RtspFeed* feed = rtspFeed(context->media)) {
    // PLAY requests of one media are handled one by one, under this lock. Without letting go of it here, a
    // dozen clients that come at once would each wait for a key frame of their own.
    gst_rtsp_media_unlock(context->media);
    feed->join();
    gst_rtsp_media_lock(context->media);
  }
  return GST_RTSP_STS_OK;
}

void RtspClients::onPlay(GstRTSPClient* client, GstRTSPContext* context, gpointer self) {
  RtspFeed* feed = rtspFeed(context->media);
  if (!feed) return;
  feed->joined();
  auto* clients = static_cast<RtspClients*>(self);
  std::string id;
  {
    std::lock_guard guard(clients->lock_);
    auto found = clients->records_.find(client);
    if (found == clients->records_.end()) return;
    id = found->second.id;
  }
  clients->onEvent_({RtspEvent::Kind::playing, id, {}, feed->path(), transportName(context), {}});
}

void RtspClients::onSend(GstRTSPClient*, GstRTSPContext*, GstRTSPMessage* response, gpointer) {
  gst_rtsp_message_remove_header(response, GST_RTSP_HDR_SERVER, -1);
  gst_rtsp_message_add_header(response, GST_RTSP_HDR_SERVER, "Teecam");
}

void RtspClients::onClosed(GstRTSPClient* client, gpointer self) {
  auto* clients = static_cast<RtspClients*>(self);
  RtspEvent event{RtspEvent::Kind::disconnected, {}, {}, {}, {}, {}};
  {
    std::lock_guard guard(clients->lock_);
    auto found = clients->records_.find(client);
    if (found == clients->records_.end()) return;
    event.client = found->second.id;
    event.reason = found->second.ended ? "ended" : "left";
    clients->records_.erase(found);
  }
  clients->onEvent_(event);
}

}  // namespace teecam
