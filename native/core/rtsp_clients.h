// Thread: attach once, before clients come; the rest from any thread (lock_).
// Owns: what is known of each connected client.
// Ends: when the server is gone and count() is 0.
#pragma once

#include <gst/rtsp-server/rtsp-server.h>

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/rtsp_play.h"
#include "core/rtsp_room.h"
#include "core/rtsp_types.h"

namespace teecam {

/// The connections of one RTSP server: names them, says who watches what, turns away whom there is no room
/// for, tells of their comings and goings, ends them.
class RtspClients {
 public:
  /// `onEvent` is called from the server's threads and must not block.
  explicit RtspClients(std::function<void(const RtspEvent&)> onEvent) : onEvent_(std::move(onEvent)) {}
  RtspClients(const RtspClients&) = delete;
  RtspClients& operator=(const RtspClients&) = delete;

  void attach(GstRTSPServer* server);
  std::size_t count() const;
  std::vector<RtspClientStats> stats();
  void setRoom(RtspRoom room);
  /// Ends the clients that have asked for `path`; null: all of them.
  void end(GstRTSPServer* server, const std::string* path);
  /// Ends the clients that have taken a place and never played.
  void endUnplayed(GstRTSPServer* server);
  /// False: there is none of this name.
  bool endOne(GstRTSPServer* server, const std::string& id);

 private:
  struct Record {
    std::string id;
    std::string address;                    // with the port
    std::set<std::string> paths;            // asked for
    std::map<std::string, RtspPlay> plays;  // by path; from SETUP to TEARDOWN
    bool ended = false;
  };
  using Wanted = std::function<bool(const Record&)>;

  unsigned endThose(GstRTSPServer* server, const Wanted& wanted);
  std::optional<std::string> fullPlace(const std::string& place) const;
  void giveBackPlace(GstRTSPClient* client);
  static const char* reasonOf(const Record& record);
  static void addStats(const Record& record, RtspPlay& play, std::vector<RtspClientStats>& all);
  static void onConnected(GstRTSPServer*, GstRTSPClient* client, gpointer self);
  static void onMedia(GstRTSPClient* client, GstRTSPContext* context, gpointer self);
  static GstRTSPStatusCode onPreSetup(GstRTSPClient* client, GstRTSPContext* context, gpointer self);
  static void onSetup(GstRTSPClient* client, GstRTSPContext* context, gpointer self);
  static GstRTSPStatusCode onPrePlay(GstRTSPClient*, GstRTSPContext* context, gpointer self);
  static void onPlay(GstRTSPClient* client, GstRTSPContext* context, gpointer self);
  static void onPause(GstRTSPClient* client, GstRTSPContext* context, gpointer self);
  static void onSessionRemoved(GstRTSPSessionPool*, GstRTSPSession* session, gpointer self);
  static void onSend(GstRTSPClient* client, GstRTSPContext* context, GstRTSPMessage* response, gpointer self);
  static void onClosed(GstRTSPClient* client, gpointer self);

  const std::function<void(const RtspEvent&)> onEvent_;
  mutable std::mutex lock_;
  std::map<GstRTSPClient*, Record> records_;  // guarded by lock_
  RtspRoom room_;                             // guarded by lock_
  unsigned next_ = 1;                         // guarded by lock_
};

}  // namespace teecam
