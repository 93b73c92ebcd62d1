#include "core/tcp_gauge.h"

#include <fcntl.h>
#include <linux/sockios.h>
#include <linux/tcp.h>  // glibc's own ends before the counts of bytes
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cstddef>
#include <utility>

namespace teecam {

std::optional<TcpGauge> TcpGauge::of(int socket, Time now) {
  UniqueFd doubled(fcntl(socket, F_DUPFD_CLOEXEC, 0));
  if (!doubled) return std::nullopt;
  return TcpGauge(std::move(doubled), now);
}

TcpReading TcpGauge::read(Time now) {
  tcp_info info{};
  socklen_t size = sizeof info;
  int waiting = 0;
  const bool known = getsockopt(socket_.get(), IPPROTO_TCP, TCP_INFO, &info, &size) == 0 &&
                     size >= offsetof(tcp_info, tcpi_bytes_received) &&
                     ioctl(socket_.get(), SIOCOUTQ, &waiting) == 0;
  if (!known) return last_;
  const bool moved = waiting == 0 || info.tcpi_bytes_acked > last_.acknowledged;
  if (moved)
    movedAt_ = now;
  else
    last_.blocked += now - readAt_;
  readAt_ = now;
  last_.acknowledged = info.tcpi_bytes_acked;
  last_.waiting = static_cast<std::uint64_t>(waiting);
  last_.blockedFor = now - movedAt_;
  return last_;
}

}  // namespace teecam
