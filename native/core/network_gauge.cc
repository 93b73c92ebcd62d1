#include "core/network_gauge.h"

#include <dirent.h>
#include <linux/tcp.h>  // glibc's own ends before the counts of bytes
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <set>
#include <vector>

namespace teecam {

namespace {

/// As in <netinet/tcp.h>, which does not go together with <linux/tcp.h>.
constexpr int kListening = 10;

struct Connection {
  tcp_info info{};
  in_port_t localPort = 0;
};

std::optional<in_port_t> localPort(int socket) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) != 0) return std::nullopt;
  if (address.ss_family == AF_INET) return reinterpret_cast<sockaddr_in*>(&address)->sin_port;
  if (address.ss_family == AF_INET6) return reinterpret_cast<sockaddr_in6*>(&address)->sin6_port;
  return std::nullopt;
}

/// Nothing for a descriptor of anything else, and on a kernel before Linux 5.4.
std::optional<Connection> tcpConnection(int descriptor) {
  Connection connection;
  const auto port = localPort(descriptor);
  socklen_t size = sizeof connection.info;
  if (!port || getsockopt(descriptor, IPPROTO_TCP, TCP_INFO, &connection.info, &size) != 0 ||
      size < offsetof(tcp_info, tcpi_rcv_ooopack) + sizeof connection.info.tcpi_rcv_ooopack)
    return std::nullopt;
  connection.localPort = *port;
  return connection;
}

std::vector<Connection> tcpConnections() {
  std::vector<Connection> found;
  const std::unique_ptr<DIR, int (*)(DIR*)> list(opendir("/proc/self/fd"), closedir);
  if (list == nullptr) return found;
  while (const dirent* entry = readdir(list.get()))
    if (auto connection = tcpConnection(atoi(entry->d_name))) found.push_back(*connection);
  return found;
}

}  // namespace

std::optional<NetworkReading> readNetwork() {
  const auto connections = tcpConnections();
  std::set<in_port_t> served;
  for (const auto& [info, port] : connections)
    if (info.tcpi_state == kListening) served.insert(port);

  std::optional<NetworkReading> reading;
  std::uint64_t most = 0;
  for (const auto& [info, port] : connections) {
    if (served.count(port) > 0) continue;
    if (!reading) reading.emplace();
    reading->bytes += info.tcpi_bytes_received;
    reading->segments += info.tcpi_data_segs_in;
    reading->outOfOrder += info.tcpi_rcv_ooopack;
    if (info.tcpi_bytes_received < most) continue;
    most = info.tcpi_bytes_received;
    reading->roundTripNs = std::uint64_t{info.tcpi_rtt} * 1000;
  }
  return reading;
}

}  // namespace teecam
