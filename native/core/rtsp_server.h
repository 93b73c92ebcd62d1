// Thread: any; every command runs on the server's own thread, in order, and answers from there.
// Owns: that thread and its main context, the listening socket, the mounts.
// Ends: close(), or the destructor, which does the same and waits for it.
#pragma once

#include <gst/rtsp-server/rtsp-server.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "core/rtsp_clients.h"
#include "core/rtsp_mount.h"
#include "core/rtsp_room.h"
#include "core/rtsp_types.h"

namespace teecam {

class RtspServer {
 public:
  /// `onEvent` is called from the server's threads and must not block.
  RtspServer(RtspOptions options, std::function<void(const RtspEvent&)> onEvent);
  ~RtspServer();
  RtspServer(const RtspServer&) = delete;
  RtspServer& operator=(const RtspServer&) = delete;

  /// First of all, once. `done` says the port, or why not.
  void listen(std::function<void(const std::optional<RtspError>&, std::uint16_t port)> done);
  void mount(RtspMountOptions options, RtspDone done);
  /// Its clients stay.
  void setBacklog(std::string path, unsigned backlog, RtspDone done);
  /// Ends the clients that have asked for it.
  void unmount(std::string path, RtspDone done);
  void stats(std::function<void(std::vector<RtspMountStats>)> done);
  /// Of every client that plays, or has and is paused.
  void clients(std::function<void(std::vector<RtspClientStats>)> done);
  /// Clients that do not fit any more stay.
  void setRoom(RtspRoom room, RtspDone done);
  void endClient(std::string client, RtspDone done);
  /// Ends every client and the listening socket. `done` is the last call from the server's thread; later
  /// commands are not answered.
  void close(std::function<void()> done);

 private:
  void run();
  void post(std::function<void()> command);
  std::optional<RtspError> bind(std::uint16_t& port);
  void configure(GstRTSPMediaFactory* factory);
  void sweep();
  void endClients();
  bool quiet() const;

  const RtspOptions options_;
  const std::function<void(const RtspEvent&)> onEvent_;
  RtspClients clients_;
  GMainContext* const context_;
  GMainLoop* const loop_;

  // Of the server's thread only, from here on.
  GstRTSPServer* server_ = nullptr;
  GSource* listening_ = nullptr;
  GSource* sweep_ = nullptr;
  GstRTSPAddressPool* addresses_ = nullptr;
  std::map<std::string, std::shared_ptr<RtspMount>> mounts_;
  std::vector<std::shared_ptr<RtspMount>> leaving_;  // unmounted, perhaps with media that still end
  bool closing_ = false;

  std::thread thread_;
};

}  // namespace teecam
