// Thread: one at a time; the caller's lock.
// Owns: the clients' sockets and the area they read.
// Ends: the destructor disconnects them.
#pragma once

#include <poll.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "core/shm_area.h"
#include "core/shm_protocol.h"
#include "core/unique_fd.h"

namespace teecam {

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
  struct Client {
    UniqueFd fd;
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
  void end(Client& client);

  const std::unique_ptr<ShmArea> area_;
  std::map<int, Client> clients_;          // by descriptor
  std::map<std::size_t, unsigned> users_;  // offset → clients that have it
  std::vector<std::size_t> order_;         // blocks that clients have, the oldest first
  std::size_t preparedOffset_ = 0, preparedSize_ = 0;
  std::uint64_t dismissed_ = 0, dropped_ = 0;
};

}  // namespace teecam
