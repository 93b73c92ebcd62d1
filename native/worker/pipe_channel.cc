#include "worker/pipe_channel.h"

#include <fcntl.h>
#include <glib-unix.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace teecam {

namespace {

/// A minute of statistics; then the appliance gets only what it must not miss.
constexpr std::size_t kDropAt = 256 * 1024;
constexpr std::size_t kGiveUpAt = 8 * 1024 * 1024;
/// A plan has some ten kilobytes.
constexpr std::size_t kLongestLine = 4 * 1024 * 1024;

bool wouldBlock(int error) {
  return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

}  // namespace

PipeChannel::PipeChannel(int descriptor, GMainContext* context, Events events)
    : descriptor_(descriptor), context_(context), events_(std::move(events)) {
  g_unix_set_fd_nonblocking(descriptor_, TRUE, nullptr);
  fcntl(descriptor_, F_SETFD, FD_CLOEXEC);
  watch(G_IO_IN);
}

PipeChannel::~PipeChannel() {
  watch(GIOCondition(0));
  close(descriptor_);
}

void PipeChannel::send(std::string line, bool droppable) {
  if (ended_ || (droppable && backlog_ > kDropAt)) return;
  line += '\n';
  backlog_ += line.size();
  output_.push_back(std::move(line));
  if (!write() || backlog_ > kGiveUpAt) return end();
  if (!output_.empty()) watch(GIOCondition(G_IO_IN | G_IO_OUT));
}

void PipeChannel::drain(int timeoutMs) {
  const gint64 deadline = g_get_monotonic_time() + timeoutMs * G_GINT64_CONSTANT(1000);
  while (!ended_ && !output_.empty()) {
    const gint64 leftMs = (deadline - g_get_monotonic_time()) / 1000;
    pollfd wait{descriptor_, POLLOUT, 0};
    if (leftMs <= 0 || poll(&wait, 1, static_cast<int>(leftMs)) == 0 || !write()) return;
  }
}

void PipeChannel::watch(GIOCondition condition) {
  if (condition == watched_) return;
  if (source_ != nullptr) {
    g_source_destroy(source_);
    g_source_unref(std::exchange(source_, nullptr));
  }
  watched_ = condition;
  if (condition == 0) return;
  source_ = g_unix_fd_source_new(descriptor_, GIOCondition(condition | G_IO_HUP | G_IO_ERR));
  const GUnixFDSourceFunc ready = [](gint, GIOCondition happened, gpointer data) -> gboolean {
    auto* channel = static_cast<PipeChannel*>(data);
    if ((happened & G_IO_OUT) != 0) {
      if (!channel->write()) channel->end();
      if (channel->output_.empty() && !channel->ended_) channel->watch(G_IO_IN);
    }
    if ((happened & (G_IO_IN | G_IO_HUP | G_IO_ERR)) != 0 && !channel->ended_) channel->onReadable();
    return G_SOURCE_CONTINUE;
  };
  g_source_set_callback(source_, G_SOURCE_FUNC(reinterpret_cast<void (*)()>(ready)), this, nullptr);
  g_source_attach(source_, context_);
}

void PipeChannel::onReadable() {
  char chunk[65536];
  const ssize_t got = read(descriptor_, chunk, sizeof chunk);
  if (got < 0 && wouldBlock(errno)) return;
  if (got <= 0) return end();
  input_.append(chunk, static_cast<std::size_t>(got));
  for (auto stop = input_.find('\n'); stop != input_.npos; stop = input_.find('\n')) {
    std::string line = input_.substr(0, stop);
    input_.erase(0, stop + 1);
    if (!line.empty()) events_.onLine(std::move(line));
  }
  if (input_.size() > kLongestLine) end();  // whatever speaks there, it is not the appliance
}

bool PipeChannel::write() {
  while (!output_.empty()) {
    const std::string& line = output_.front();
    const ssize_t put =
        ::send(descriptor_, line.data() + written_, line.size() - written_, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (put < 0) return wouldBlock(errno);
    written_ += static_cast<std::size_t>(put);
    if (written_ < line.size()) continue;
    backlog_ -= line.size();
    written_ = 0;
    output_.pop_front();
  }
  return true;
}

void PipeChannel::end() {
  if (std::exchange(ended_, true)) return;
  watch(GIOCondition(0));
  events_.onEnd();
}

}  // namespace teecam
