#include "core/shm_clients.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace teecam {

namespace {

constexpr int kArea = 1;
constexpr int kHeardAtOnce = 256;       // messages of a client; one that sends without end has to wait
constexpr std::size_t kShare = 4;       // a client may hold one part of so many
constexpr std::size_t kMostGone = 256;  // that nobody has asked about

int pidOf(int socket) {
  ucred peer{};
  socklen_t size = sizeof peer;
  return getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 ? peer.pid : 0;
}

ShmMessage message(ShmCommand command) {
  ShmMessage made;
  std::memset(&made, 0, sizeof made);  // what lies between its fields goes over the socket, too
  made.command = command;
  made.area = kArea;
  return made;
}

}  // namespace

bool ShmClients::needKey() const {
  return std::ranges::any_of(clients_, [](const auto& entry) { return entry.second.needsKey; });
}

void ShmClients::add(UniqueFd fd) {
  Client client;
  client.fd = std::move(fd);
  ShmMessage welcome = message(ShmCommand::newArea);
  const std::string& name = area_->name();
  welcome.newArea.size = area_->size();
  welcome.newArea.nameSize = static_cast<unsigned>(name.size() + 1);
  if (!tell(client, &welcome, sizeof welcome) || !tell(client, name.c_str(), name.size() + 1)) return;
  const int key = client.fd.get();
  client.stats.id = ++lastId_;
  client.stats.pid = pidOf(key);
  clients_.emplace(key, std::move(client));
}

void ShmClients::appendTo(std::vector<pollfd>& list) const {
  for (const auto& [fd, client] : clients_) list.push_back({fd, POLLIN, 0});
}

void ShmClients::handle(const pollfd& told) {
  const auto found = clients_.find(told.fd);
  if (found == clients_.end() || told.revents == 0) return;
  Client& client = found->second;
  const bool lost = (told.revents & (POLLERR | POLLNVAL)) != 0;
  if (!client.over && !lost && hear(client)) return;
  end(client);
  forget(client);
  clients_.erase(found);
}

std::vector<ShmClientStats> ShmClients::stats() {
  std::vector<ShmClientStats> all = std::exchange(gone_, {});
  const auto now = Clock::now();
  for (const auto& [fd, client] : clients_) {
    if (client.over) continue;
    ShmClientStats stats = client.stats;
    stats.heldBytes = client.heldBytes;
    if (client.blockedSince != Clock::time_point{}) stats.blockedFor = now - client.blockedSince;
    stats.blocked += stats.blockedFor;
    all.push_back(stats);
  }
  return all;
}

bool ShmClients::end(unsigned id) {
  for (auto& [fd, client] : clients_) {
    if (client.stats.id != id || client.over) continue;
    end(client);
    return true;
  }
  return false;
}

/// It is told of once more, the last time.
void ShmClients::forget(Client& client) {
  if (gone_.size() >= kMostGone) return;
  gone_.push_back(client.stats);
}

/// A frame that it had no room for.
void ShmClients::miss(Client& client) {
  client.stats.dropped++;
  if (client.blockedSince == Clock::time_point{}) client.blockedSince = Clock::now();
}

void ShmClients::unblock(Client& client) {
  if (client.blockedSince == Clock::time_point{}) return;
  client.stats.blocked += Clock::now() - std::exchange(client.blockedSince, {});
}

void ShmClients::waitForKey() {
  for (auto& [fd, client] : clients_) client.needsKey = true;
}

std::byte* ShmClients::prepare(std::size_t size, bool key) {
  // what is acknowledged by now counts, whether or not the serving thread had its turn
  for (auto& [fd, client] : clients_) {
    if (!client.over && !client.held.empty() && !hear(client)) end(client);
  }
  const auto wanted = [&](const auto& entry) { return wants(entry.second, key); };
  const auto taken = [&](const auto& entry) { return wanted(entry) && hasRoom(entry.second, size); };
  std::optional<std::size_t> offset;
  while (!offset && std::ranges::any_of(clients_, taken)) {
    offset = area_->take(size);
    if (!offset && !dismissOldest()) break;
  }
  if (!offset) {
    if (std::ranges::any_of(clients_, wanted)) dropped_++;
    for (auto& entry : clients_)
      if (wanted(entry)) miss(entry.second);
    waitForKey();
    return nullptr;
  }
  preparedOffset_ = *offset;
  preparedSize_ = size;
  return area_->block(*offset).data();
}

void ShmClients::send(bool key) {
  ShmMessage news = message(ShmCommand::newBuffer);
  news.newBuffer.offset = preparedOffset_;
  news.newBuffer.size = preparedSize_;
  unsigned users = 0;
  bool lost = false;
  for (auto& [fd, client] : clients_) {
    if (!wants(client, key)) continue;
    if (!hasRoom(client, preparedSize_)) {
      client.needsKey = true;
      miss(client);
      lost = true;
    } else if (tell(client, &news, sizeof news)) {
      client.needsKey = false;
      client.held.emplace(preparedOffset_, preparedSize_);
      client.heldBytes += preparedSize_;
      client.stats.bytes += preparedSize_;
      client.stats.frames++;
      users++;
    } else {
      end(client);
    }
  }
  if (lost) dropped_++;
  if (users == 0) return area_->release(preparedOffset_);
  users_[preparedOffset_] = users;
  order_.push_back(preparedOffset_);
}

void ShmClients::giveBack() {
  area_->release(preparedOffset_);
}

bool ShmClients::hasRoom(const Client& client, std::size_t size) const {
  return client.held.empty() || client.heldBytes + size <= area_->size() / kShare;
}

/// A client whose socket is full has not read for hundreds of frames.
bool ShmClients::tell(const Client& client, const void* data, std::size_t size) const {
  return ::send(client.fd.get(), data, size, MSG_NOSIGNAL | MSG_DONTWAIT) == static_cast<ssize_t>(size);
}

/// False: it has left, or says what no client says.
bool ShmClients::hear(Client& client) {
  for (int count = 0; count < kHeardAtOnce; count++) {
    const ssize_t read = recv(client.fd.get(), client.input.data() + client.inputBytes,
                              client.input.size() - client.inputBytes, MSG_DONTWAIT);
    if (read < 0) return errno == EAGAIN || errno == EINTR;
    if (read == 0) return false;
    client.inputBytes += static_cast<std::size_t>(read);
    if (client.inputBytes < client.input.size()) continue;
    client.inputBytes = 0;
    ShmMessage said;
    std::memcpy(&said, client.input.data(), sizeof said);
    if (said.command != ShmCommand::acknowledge) return false;
    acknowledge(client, said.acknowledge.offset);
  }
  return true;
}

void ShmClients::acknowledge(Client& client, std::size_t offset) {
  const auto held = client.held.find(offset);
  if (held == client.held.end()) return;
  client.heldBytes -= held->second;
  client.held.erase(held);
  unblock(client);
  release(offset);
}

void ShmClients::release(std::size_t offset) {
  const auto found = users_.find(offset);
  if (--found->second > 0) return;
  users_.erase(found);
  std::erase(order_, offset);
  area_->release(offset);
}

bool ShmClients::dismissOldest() {
  if (order_.empty()) return false;
  const std::size_t oldest = order_.front();
  for (auto& [fd, client] : clients_) {
    if (!client.held.contains(oldest)) continue;
    end(client, ShmClientStats::State::dismissed);
    dismissed_++;
  }
  return true;
}

void ShmClients::end(Client& client, ShmClientStats::State how) {
  if (client.over) return;
  client.over = true;
  client.stats.state = how;
  unblock(client);
  client.needsKey = false;
  shutdown(client.fd.get(), SHUT_RDWR);
  for (const auto& [offset, size] : std::exchange(client.held, {})) release(offset);
  client.heldBytes = 0;
}

}  // namespace teecam
