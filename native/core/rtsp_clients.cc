#include "core/rtsp_clients.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <utility>

#include "core/rtsp_feed.h"
#include "core/rtsp_media.h"

namespace teecam {

namespace {

/// A client whose socket takes no data for this long is dropped by the kernel, whether it stopped reading or
/// vanished. gst-rtsp-server's own limit (10 s of backlog) does not run while all TCP clients of a media
/// stand.
constexpr unsigned kStallMs = 10'000;

TcpGauge::Time now() {
  return std::chrono::steady_clock::now();
}

int writeSocket(GstRTSPConnection* connection) {
  return g_socket_get_fd(gst_rtsp_connection_get_write_socket(connection));
}

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

bool isTcp(const std::string& transport) {
  return transport == "tcp" || transport == "http";
}

std::string addressWithPort(GstRTSPConnection* connection) {
  const char* text = gst_rtsp_connection_get_ip(connection);
  std::string address = text ? text : "unknown";
  if (address.find(':') != std::string::npos) address.insert(0, 1, '[').push_back(']');
  GSocketAddress* remote =
      g_socket_get_remote_address(gst_rtsp_connection_get_write_socket(connection), nullptr);
  if (remote && G_IS_INET_SOCKET_ADDRESS(remote))
    address.append(":").append(std::to_string(g_inet_socket_address_get_port(G_INET_SOCKET_ADDRESS(remote))));
  g_clear_object(&remote);
  return address;
}

bool isFailedSetup(const GstRTSPContext* context, const GstRTSPMessage* response) {
  return response->type == GST_RTSP_MESSAGE_RESPONSE &&
         response->type_data.response.code != GST_RTSP_STS_OK && context && context->request &&
         context->request->type_data.request.method == GST_RTSP_SETUP;
}

RtspEvent eventOf(RtspEvent::Kind kind, std::string client) {
  RtspEvent event{};
  event.kind = kind;
  event.client = std::move(client);
  return event;
}

}  // namespace

void RtspClients::attach(GstRTSPServer* server) {
  g_signal_connect(server, "client-connected", G_CALLBACK(onConnected), this);
  GstRTSPSessionPool* sessions = gst_rtsp_server_get_session_pool(server);
  g_signal_connect(sessions, "session-removed", G_CALLBACK(onSessionRemoved), this);
  g_object_unref(sessions);
}

std::size_t RtspClients::count() const {
  std::lock_guard guard(lock_);
  return records_.size();
}

std::vector<RtspClientStats> RtspClients::stats() {
  std::vector<RtspClientStats> all;
  std::lock_guard guard(lock_);
  for (auto& [client, record] : records_)
    for (auto& [path, play] : record.plays) addStats(record, play, all);
  return all;
}

void RtspClients::addStats(const Record& record, RtspPlay& play, std::vector<RtspClientStats>& all) {
  auto stats = play.stats(now());
  if (!stats) return;
  stats->client = record.id;
  all.push_back(std::move(*stats));
}

void RtspClients::setRoom(RtspRoom room) {
  std::lock_guard guard(lock_);
  room_ = std::move(room);
}

void RtspClients::end(GstRTSPServer* server, const std::string* path) {
  endThose(server, [path](const Record& record) { return !path || record.paths.contains(*path); });
}

void RtspClients::endUnplayed(GstRTSPServer* server) {
  const auto unplayed = [time = now()](const auto& entry) { return entry.second.unplayed(time); };
  endThose(server, [&](const Record& record) { return std::ranges::any_of(record.plays, unplayed); });
}

bool RtspClients::endOne(GstRTSPServer* server, const std::string& id) {
  return endThose(server, [&id](const Record& record) { return record.id == id; }) > 0;
}

unsigned RtspClients::endThose(GstRTSPServer* server, const Wanted& wanted) {
  struct Filter {
    RtspClients* clients;
    const Wanted& wanted;
    unsigned ended;
  } filter{this, wanted, 0};
  auto choose = [](GstRTSPServer*, GstRTSPClient* client, gpointer data) {
    auto* choice = static_cast<Filter*>(data);
    std::lock_guard guard(choice->clients->lock_);
    auto found = choice->clients->records_.find(client);
    if (found == choice->clients->records_.end()) return GST_RTSP_FILTER_KEEP;
    if (!choice->wanted(found->second)) return GST_RTSP_FILTER_KEEP;
    found->second.ended = true;
    choice->ended++;
    return GST_RTSP_FILTER_REMOVE;
  };
  g_list_free(gst_rtsp_server_client_filter(server, choose, &filter));
  return filter.ended;
}

void RtspClients::onConnected(GstRTSPServer*, GstRTSPClient* client, gpointer self) {
  auto* clients = static_cast<RtspClients*>(self);
  GstRTSPConnection* connection = gst_rtsp_client_get_connection(client);
  setsockopt(writeSocket(connection), IPPROTO_TCP, TCP_USER_TIMEOUT, &kStallMs, sizeof kStallMs);

  RtspEvent event = eventOf(RtspEvent::Kind::connected, {});
  {
    std::lock_guard guard(clients->lock_);
    event.client = "rtsp-" + std::to_string(clients->next_++);
    Record& record = clients->records_[client];
    record.id = event.client;
    record.address = addressWithPort(connection);
  }
  g_signal_connect(client, "describe-request", G_CALLBACK(onMedia), self);
  g_signal_connect(client, "pre-setup-request", G_CALLBACK(onPreSetup), self);
  g_signal_connect(client, "setup-request", G_CALLBACK(onSetup), self);
  g_signal_connect(client, "pre-play-request", G_CALLBACK(onPrePlay), self);
  g_signal_connect(client, "play-request", G_CALLBACK(onPlay), self);
  g_signal_connect(client, "pause-request", G_CALLBACK(onPause), self);
  g_signal_connect(client, "send-message", G_CALLBACK(onSend), self);
  g_signal_connect(client, "closed", G_CALLBACK(onClosed), self);
  const char* address = gst_rtsp_connection_get_ip(connection);
  event.address = address ? address : "";
  clients->onEvent_(event);
}

void RtspClients::onMedia(GstRTSPClient* client, GstRTSPContext* context, gpointer self) {
  RtspFeed* feed = rtspFeed(context->media);
  if (!feed) return;
  auto* clients = static_cast<RtspClients*>(self);
  std::lock_guard guard(clients->lock_);
  if (auto found = clients->records_.find(client); found != clients->records_.end())
    found->second.paths.insert(feed->mount()->path);
}

/// With lock_. The first place that has no room for one more. Counted anew each time: a few hundred clients
/// at most, and no count that could go wrong.
std::optional<std::string> RtspClients::fullPlace(const std::string& place) const {
  for (const auto& wanted : placesOf(place)) {
    const auto limit = room_.find(wanted);
    if (limit == room_.end()) continue;
    std::size_t taken = 0;
    for (const auto& [client, record] : records_) {
      taken += static_cast<std::size_t>(std::ranges::count_if(record.plays, [&](const auto& entry) {
        const auto places = placesOf(entry.second.mount().place);
        return std::ranges::find(places, wanted) != places.end();
      }));
    }
    if (taken >= limit->second) return wanted;
  }
  return std::nullopt;
}

/// A place is taken here, and not by PLAY: SETUP is where a client expects to be told that there is none.
GstRTSPStatusCode RtspClients::onPreSetup(GstRTSPClient* client, GstRTSPContext* context, gpointer self) {
  RtspFeed* feed = rtspFeed(context->media);
  if (!feed) return GST_RTSP_STS_OK;
  auto* clients = static_cast<RtspClients*>(self);
  const auto& mount = feed->mount();
  RtspEvent event = eventOf(RtspEvent::Kind::full, {});
  {
    std::lock_guard guard(clients->lock_);
    auto found = clients->records_.find(client);
    if (found == clients->records_.end()) return GST_RTSP_STS_OK;
    Record& record = found->second;
    if (record.plays.contains(mount->path)) return GST_RTSP_STS_OK;
    const auto place = clients->fullPlace(mount->place);
    if (!place) {
      record.plays.emplace(mount->path, RtspPlay(mount, now()));
      return GST_RTSP_STS_OK;
    }
    event.place = *place;
    event.client = record.id;
    event.address = record.address;
  }
  event.path = mount->path;
  clients->onEvent_(event);
  return GST_RTSP_STS_NOT_ENOUGH_BANDWIDTH;
}

void RtspClients::onSetup(GstRTSPClient* client, GstRTSPContext* context, gpointer self) {
  onMedia(client, context, self);
  RtspFeed* feed = rtspFeed(context->media);
  if (!feed || !context->session) return;
  auto* clients = static_cast<RtspClients*>(self);
  std::lock_guard guard(clients->lock_);
  auto found = clients->records_.find(client);
  if (found == clients->records_.end()) return;
  auto play = found->second.plays.find(feed->mount()->path);
  if (play != found->second.plays.end())
    play->second.setSession(gst_rtsp_session_get_sessionid(context->session));
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
  RtspEvent event = eventOf(RtspEvent::Kind::playing, {});
  event.path = feed->mount()->path;
  event.transport = transportName(context);
  {
    std::lock_guard guard(clients->lock_);
    auto found = clients->records_.find(client);
    if (found == clients->records_.end()) return;
    Record& record = found->second;
    event.client = record.id;
    event.address = record.address;
    if (auto play = record.plays.find(event.path); play != record.plays.end())
      play->second.begin(event.transport, isTcp(event.transport) ? writeSocket(context->conn) : -1, now());
  }
  clients->onEvent_(event);
}

void RtspClients::onPause(GstRTSPClient* client, GstRTSPContext* context, gpointer self) {
  auto* clients = static_cast<RtspClients*>(self);
  GstRTSPMedia* media = context->sessmedia ? gst_rtsp_session_media_get_media(context->sessmedia) : nullptr;
  RtspFeed* feed = rtspFeed(media);
  if (!feed) return;
  std::lock_guard guard(clients->lock_);
  auto found = clients->records_.find(client);
  if (found == clients->records_.end()) return;
  auto play = found->second.plays.find(feed->mount()->path);
  if (play != found->second.plays.end()) play->second.pause();
}

/// TEARDOWN, or a client over UDP that gave no sign of life: its connection may stay.
void RtspClients::onSessionRemoved(GstRTSPSessionPool*, GstRTSPSession* session, gpointer self) {
  auto* clients = static_cast<RtspClients*>(self);
  const std::string id = gst_rtsp_session_get_sessionid(session);
  std::vector<RtspEvent> events;
  {
    std::lock_guard guard(clients->lock_);
    for (auto& [client, record] : clients->records_) {
      for (auto play = record.plays.begin(); play != record.plays.end();) {
        if (!play->second.has(id)) {
          ++play;
          continue;
        }
        RtspEvent event = eventOf(RtspEvent::Kind::stopped, record.id);
        event.path = play->first;
        event.reason = reasonOf(record);
        addStats(record, play->second, event.played);
        events.push_back(std::move(event));
        play = record.plays.erase(play);
      }
    }
  }
  for (const auto& event : events) clients->onEvent_(event);
}

void RtspClients::onSend(GstRTSPClient* client, GstRTSPContext* context, GstRTSPMessage* response,
                         gpointer self) {
  releaseRtspMedia(client);
  gst_rtsp_message_remove_header(response, GST_RTSP_HDR_SERVER, -1);
  gst_rtsp_message_add_header(response, GST_RTSP_HDR_SERVER, "Teecam");
  if (isFailedSetup(context, response)) static_cast<RtspClients*>(self)->giveBackPlace(client);
}

/// A SETUP that came to nothing, for its transport or want of ports. Requests of a client come one by one, so
/// what has no RTSP session yet is that one's.
void RtspClients::giveBackPlace(GstRTSPClient* client) {
  std::lock_guard guard(lock_);
  auto found = records_.find(client);
  if (found == records_.end()) return;
  std::erase_if(found->second.plays, [](const auto& entry) { return !entry.second.isSetUp(); });
}

const char* RtspClients::reasonOf(const Record& record) {
  if (record.ended) return "ended";
  const auto stalled = [](const auto& entry) { return entry.second.stalled(); };
  return std::ranges::any_of(record.plays, stalled) ? "slow" : "left";
}

void RtspClients::onClosed(GstRTSPClient* client, gpointer self) {
  auto* clients = static_cast<RtspClients*>(self);
  RtspEvent event = eventOf(RtspEvent::Kind::disconnected, {});
  {
    std::lock_guard guard(clients->lock_);
    auto found = clients->records_.find(client);
    if (found == clients->records_.end()) return;
    Record& record = found->second;
    event.client = record.id;
    event.reason = reasonOf(record);
    for (auto& [path, play] : record.plays) addStats(record, play, event.played);
    clients->records_.erase(found);
  }
  clients->onEvent_(event);
}

}  // namespace teecam
