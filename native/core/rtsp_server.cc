#include "core/rtsp_server.h"

#include <chrono>
#include <utility>

#include "core/rtsp_acceptor.h"
#include "core/rtsp_auth.h"
#include "core/rtsp_media.h"

namespace teecam {

namespace {

/// Clients have threads of their own up to this number and share them beyond: a DESCRIBE that waits for a
/// camera must not hold up the viewers of another.
constexpr int kClientThreads = 64;
constexpr guint kSweepSeconds = 5;
/// No request that we answer has one of any size; without a limit anybody could have memory taken for it.
constexpr guint kLargestBody = 64 * 1024;
constexpr auto kCloseDeadline = std::chrono::seconds(5);
const RtspError kClosed{"closed", "the RTSP server is closed"};

RtspError fromGError(GError* error, const std::string& where) {
  std::string code = "failed";
  if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE)) code = "address-in-use";
  if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED)) code = "no-permission";
  RtspError result{code, "cannot listen on " + where + ": " + (error ? error->message : "unknown error")};
  g_clear_error(&error);
  return result;
}

void addRange(GstRTSPAddressPool* pool, const std::string& first, const std::string& last, PortRange ports,
              std::uint8_t ttl, std::optional<RtspError>& error) {
  if (!gst_rtsp_address_pool_add_range(pool, first.c_str(), last.c_str(), ports.first, ports.last, ttl))
    error = RtspError{"failed", "not a usable range: " + first + " to " + last + ", ports " +
                                    std::to_string(ports.first) + " to " + std::to_string(ports.last)};
}

/// Unicast RTP goes out from where RTSP listens: from loopback only if that is loopback.
std::vector<std::string> unicastAddresses(const std::string& host) {
  GInetAddress* address = g_inet_address_new_from_string(host.c_str());
  if (!address)
    return host == "localhost" ? std::vector<std::string>{"127.0.0.1", "::1"}
                               : std::vector<std::string>{"0.0.0.0", "::"};
  const bool dual =
      g_inet_address_get_is_any(address) && g_inet_address_get_family(address) == G_SOCKET_FAMILY_IPV6;
  g_object_unref(address);
  return dual ? std::vector<std::string>{"0.0.0.0", "::"} : std::vector<std::string>{host};
}

}  // namespace

RtspServer::RtspServer(RtspOptions options, std::function<void(const RtspEvent&)> onEvent)
    : options_(std::move(options)),
      onEvent_(std::move(onEvent)),
      clients_(onEvent_),
      context_(g_main_context_new()),
      loop_(g_main_loop_new(context_, FALSE)),
      thread_([this] { run(); }) {}

RtspServer::~RtspServer() {
  close([] {});
  thread_.join();
  g_main_loop_unref(loop_);
  g_main_context_unref(context_);
}

void RtspServer::run() {
  g_main_context_push_thread_default(context_);
  g_main_loop_run(loop_);
  g_main_context_pop_thread_default(context_);
}

void RtspServer::post(std::function<void()> command) {
  auto call = [](gpointer data) -> gboolean {
    (*static_cast<std::function<void()>*>(data))();
    return G_SOURCE_REMOVE;
  };
  GSource* source = g_idle_source_new();
  g_source_set_priority(source, G_PRIORITY_DEFAULT);
  g_source_set_callback(source, call, new std::function<void()>(std::move(command)),
                        [](gpointer data) { delete static_cast<std::function<void()>*>(data); });
  g_source_attach(source, context_);
  g_source_unref(source);
}

void RtspServer::listen(std::function<void(const std::optional<RtspError>&, std::uint16_t)> done) {
  post([this, done = std::move(done)] {
    std::uint16_t port = 0;
    const auto error = bind(port);
    done(error, port);
  });
}

std::optional<RtspError> RtspServer::bind(std::uint16_t& port) {
  GError* failure = nullptr;
  if (!gst_init_check(nullptr, nullptr, &failure)) return fromGError(failure, "GStreamer");

  std::optional<RtspError> error;
  addresses_ = gst_rtsp_address_pool_new();
  for (const auto& address : unicastAddresses(options_.host))
    addRange(addresses_, address, address, options_.udpPorts, 0, error);
  if (const auto& group = options_.multicast)
    addRange(addresses_, group->first, group->last, group->ports, group->ttl, error);
  if (error) return error;

  server_ = newRtspAcceptor();
  gst_rtsp_server_set_address(server_, options_.host.c_str());
  gst_rtsp_server_set_service(server_, std::to_string(options_.port).c_str());
  GstRTSPThreadPool* threads = gst_rtsp_server_get_thread_pool(server_);
  gst_rtsp_thread_pool_set_max_threads(threads, kClientThreads);
  g_object_unref(threads);
  gst_rtsp_server_set_content_length_limit(server_, kLargestBody);
  if (options_.users) {
    GstRTSPAuth* auth = newRtspAuth(*options_.users, onEvent_);
    gst_rtsp_server_set_auth(server_, auth);
    g_object_unref(auth);
  }
  clients_.attach(server_);

  listening_ = gst_rtsp_server_create_source(server_, nullptr, &failure);
  if (!listening_) return fromGError(failure, options_.host + " port " + std::to_string(options_.port));
  g_source_attach(listening_, context_);
  port = static_cast<std::uint16_t>(gst_rtsp_server_get_bound_port(server_));

  sweep_ = g_timeout_source_new_seconds(kSweepSeconds);
  auto sweep = [](gpointer data) -> gboolean {
    static_cast<RtspServer*>(data)->sweep();
    return G_SOURCE_CONTINUE;
  };
  g_source_set_callback(sweep_, sweep, this, nullptr);
  g_source_attach(sweep_, context_);
  return std::nullopt;
}

void RtspServer::sweep() {
  // Sessions whose client has vanished over UDP end here, 60 s after its last sign of life.
  GstRTSPSessionPool* sessions = gst_rtsp_server_get_session_pool(server_);
  gst_rtsp_session_pool_cleanup(sessions);
  g_object_unref(sessions);
  clients_.endUnplayed(server_);
  // A media that failed under its clients stays as it is until the last of them has gone.
  for (const auto& [path, mount] : mounts_)
    if (mount->failed.exchange(false)) clients_.end(server_, &path);
}

void RtspServer::configure(GstRTSPMediaFactory* factory) {
  int protocols = GST_RTSP_LOWER_TRANS_UDP | GST_RTSP_LOWER_TRANS_TCP;
  if (options_.multicast) {
    protocols |= GST_RTSP_LOWER_TRANS_UDP_MCAST;
    gst_rtsp_media_factory_set_max_mcast_ttl(factory, options_.multicast->ttl);
  }
  gst_rtsp_media_factory_set_protocols(factory, static_cast<GstRTSPLowerTrans>(protocols));
  gst_rtsp_media_factory_set_address_pool(factory, addresses_);
}

void RtspServer::mount(RtspMountOptions options, RtspDone done) {
  post([this, options = std::move(options), done = std::move(done)] {
    if (closing_) return done(kClosed);
    const std::string& path = options.path;
    if (!path.starts_with('/') || mounts_.contains(path))
      return done(RtspError{"bad-request", path + " cannot be mounted: not a path, or taken"});
    auto mount = std::make_shared<RtspMount>(options);
    GstRTSPMediaFactory* factory = newRtspFactory(mount);
    configure(factory);
    GstRTSPMountPoints* points = gst_rtsp_server_get_mount_points(server_);
    gst_rtsp_mount_points_add_factory(points, path.c_str(), factory);
    g_object_unref(points);
    mounts_.emplace(path, std::move(mount));
    done(std::nullopt);
  });
}

void RtspServer::setBacklog(std::string path, unsigned backlog, RtspDone done) {
  post([this, path = std::move(path), backlog, done = std::move(done)] {
    if (closing_) return done(kClosed);
    const auto found = mounts_.find(path);
    if (found == mounts_.end()) return done(RtspError{"not-found", path + " is not mounted"});
    found->second->backlog = backlog;
    done(std::nullopt);
  });
}

void RtspServer::unmount(std::string path, RtspDone done) {
  post([this, path = std::move(path), done = std::move(done)] {
    if (closing_) return done(kClosed);
    auto found = mounts_.find(path);
    if (found == mounts_.end()) return done(RtspError{"not-found", path + " is not mounted"});
    found->second->retired = true;
    GstRTSPMountPoints* points = gst_rtsp_server_get_mount_points(server_);
    gst_rtsp_mount_points_remove_factory(points, path.c_str());
    g_object_unref(points);
    clients_.end(server_, &path);
    std::erase_if(leaving_, [](const auto& mount) { return mount->living == 0; });
    leaving_.push_back(std::move(found->second));
    mounts_.erase(found);
    done(std::nullopt);
  });
}

void RtspServer::stats(std::function<void(std::vector<RtspMountStats>)> done) {
  post([this, done = std::move(done)] {
    std::vector<RtspMountStats> all;
    for (const auto& [path, mount] : mounts_) all.push_back(mount->stats());
    done(std::move(all));
  });
}

void RtspServer::clients(std::function<void(std::vector<RtspClientStats>)> done) {
  post([this, done = std::move(done)] { done(clients_.stats()); });
}

void RtspServer::setRoom(RtspRoom room, RtspDone done) {
  post([this, room = std::move(room), done = std::move(done)]() mutable {
    if (closing_) return done(kClosed);
    clients_.setRoom(std::move(room));
    done(std::nullopt);
  });
}

void RtspServer::endClient(std::string client, RtspDone done) {
  post([this, client = std::move(client), done = std::move(done)] {
    if (closing_) return done(kClosed);
    if (clients_.endOne(server_, client)) return done(std::nullopt);
    done(RtspError{"not-found", "there is no client " + client});
  });
}

bool RtspServer::quiet() const {
  if (clients_.count() > 0) return false;
  for (const auto& mount : leaving_)
    if (mount->living > 0) return false;
  return true;
}

void RtspServer::endClients() {
  for (auto* source : {&listening_, &sweep_}) {
    if (!*source) continue;
    g_source_destroy(*source);
    g_source_unref(*source);
    *source = nullptr;
  }
  GstRTSPMountPoints* points = server_ ? gst_rtsp_server_get_mount_points(server_) : nullptr;
  for (auto& [path, mount] : mounts_) {
    mount->retired = true;
    gst_rtsp_mount_points_remove_factory(points, path.c_str());
    leaving_.push_back(std::move(mount));
  }
  mounts_.clear();
  g_clear_object(&points);
  if (server_) clients_.end(server_, nullptr);
}

void RtspServer::close(std::function<void()> done) {
  post([this, done = std::move(done)] {
    if (closing_) return;
    closing_ = true;
    endClients();
    struct Ending {
      RtspServer* server;
      std::function<void()> done;
      std::chrono::steady_clock::time_point deadline;
    };
    // gst-rtsp-server does not say when the last media of a client is gone: ask, while closing only.
    auto check = [](gpointer data) -> gboolean {
      auto* ending = static_cast<Ending*>(data);
      if (!ending->server->quiet() && std::chrono::steady_clock::now() < ending->deadline)
        return G_SOURCE_CONTINUE;
      g_clear_object(&ending->server->server_);
      g_clear_object(&ending->server->addresses_);
      ending->done();
      g_main_loop_quit(ending->server->loop_);
      return G_SOURCE_REMOVE;
    };
    GSource* timer = g_timeout_source_new(5);
    g_source_set_callback(timer, check,
                          new Ending{this, done, std::chrono::steady_clock::now() + kCloseDeadline},
                          [](gpointer data) { delete static_cast<Ending*>(data); });
    g_source_attach(timer, context_);
    g_source_unref(timer);
  });
}

}  // namespace teecam
