// Thread: one at a time; the caller's lock.
// Owns: the clients' sockets and the area they read.
// Ends: the destructor disconnects them.
#pragma once

#include <poll.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "core/shm_area.h"
#include "core/shm_protocol.h"
#include "core/unique_fd.h"

namespace teecam {

struct ShmClientStats {
  unsigned id = 0;
  int pid = 0;  // 0: not known
  std::uint64_t bytes = 0, frames = 0, dropped = 0;
  std::uint64_t heldBytes = 0;
  std::chrono::steady_clock::duration blockedFor{};  // since it missed a frame and acknowledged none
  std::chrono::steady_clock::duration blocked{};     // the same, of all times
  enum class State { connected, left, dismissed } state = State::connected;
};

/// The clients of a shared memory output, and which of them has which block. A client may hold a quarter of
/// the area; one that does so already misses frames until it acknowledges some, and with encoded frames goes
/// on at a key frame. If there is no room nevertheless, whoever holds the oldest block is dismissed.
class ShmClients {
 public:
  explicit ShmClients(std::unique_ptr<ShmArea> area) : area_(std::move(area)) {}

  const ShmArea& area() const { return *area_; }
  std::size_t count() const { return clients_.size(); }
  bool needKey() const;
  std::uint64_t dismissed() const { return dismissed_; }
  /// Frames that one client or several had no room for.
  std::uint64_t dropped() const { return dropped_; }
  /// Each that is connected, and once each that has gone since this was asked last.
  std::vector<ShmClientStats> stats();
  /// False: there is none such.
  bool end(unsigned id);

  void add(UniqueFd fd);
  /// One descriptor of each, for poll().
  void appendTo(std::vector<pollfd>& list) const;
  /// What poll() told of one of them.
  void handle(const pollfd& told);

  /// A frame was left out that later ones may refer to.
  void waitForKey();
  /// Room for a frame that some client can take now; nullptr: there is none such. It is sent or given back.
  std::byte* prepare(std::size_t size, bool key);
  void send(bool key);
  void giveBack();

 private:
  using Clock = std::chrono::steady_clock;
  struct Client {
    UniqueFd fd;
    ShmClientStats stats;
    Clock::time_point blockedSince{};  // none: it missed no frame since it acknowledged one
    bool needsKey = true;
    bool over = false;  // its socket is shut; closed only by handle(), so that no other gets its number
    std::map<std::size_t, std::size_t> held;  // offset → size
    std::size_t heldBytes = 0;
    std::array<std::byte, sizeof(ShmMessage)> input{};
    std::size_t inputBytes = 0;
  };

  static bool wants(const Client& client, bool key) { return !client.over && (key || !client.needsKey); }
  bool hasRoom(const Client& client, std::size_t size) const;
  bool tell(const Client& client, const void* data, std::size_t size) const;
  bool hear(Client& client);
  void acknowledge(Client& client, std::size_t offset);
  void release(std::size_t offset);
  bool dismissOldest();
  void miss(Client& client);
  static void unblock(Client& client);
  void forget(Client& client);
  void end(Client& client, ShmClientStats::State how = ShmClientStats::State::left);

  const std::unique_ptr<ShmArea> area_;
  std::map<int, Client> clients_;          // by descriptor
  std::map<std::size_t, unsigned> users_;  // offset → clients that have it
  std::vector<std::size_t> order_;         // blocks that clients have, the oldest first
  std::size_t preparedOffset_ = 0, preparedSize_ = 0;
  std::uint64_t dismissed_ = 0, dropped_ = 0;
  std::vector<ShmClientStats> gone_;  // not told of yet
  unsigned lastId_ = 0;
};

}  // namespace teecam
