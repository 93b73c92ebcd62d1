#include "core/shm_output.h"

#include <glib.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <cerrno>
#include <chrono>
#include <utility>
#include <vector>

#include "core/packed_frame.h"
#include "core/ring_error.h"

namespace teecam {

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

/// How often it is looked whether clients are left, and for a ring that is missing.
constexpr auto kTick = 100ms;
/// The encoder gives a key frame at most twice a second.
constexpr auto kKnockAgain = 550ms;
/// Each costs a descriptor and a quarter of the area at most.
constexpr std::size_t kMaxClients = 64;

std::string areaName(const std::string& ring) {
  return ring.substr(ring.find_last_of('/')) + "+shmsink";
}

std::int64_t nowNs() {
  return g_get_monotonic_time() * 1000;
}

}  // namespace

ShmOutput::ShmOutput(ShmOutputOptions options)
    : options_(std::move(options)),
      socket_(options_.socket, options_.mode | ((options_.mode & 0444) >> 1)),  // connecting needs to write
      stop_(eventfd(0, EFD_CLOEXEC)),
      clients_(std::make_unique<ShmArea>(areaName(options_.ring), options_.areaSize, options_.mode)) {
  if (!stop_) throw RingError::fromErrno(errno, "making an eventfd");
  serving_ = std::thread([this] { serve(); });
  feeding_ = std::thread([this] { feed(); });
}

ShmOutput::~ShmOutput() {
  {
    std::lock_guard guard(lock_);
    stopping_ = true;
    if (reader_) reader_->interrupt();
    changed_.notify_all();
  }
  eventfd_write(stop_.get(), 1);
  serving_.join();
  feeding_.join();
}

ShmOutputStats ShmOutput::stats() {
  std::lock_guard guard(lock_);
  return {clients_.count(), frames_, clients_.dropped(), clients_.dismissed()};
}

std::vector<ShmClientStats> ShmOutput::clients() {
  std::lock_guard guard(lock_);
  return clients_.stats();
}

bool ShmOutput::end(unsigned client) {
  std::lock_guard guard(lock_);
  return clients_.end(client);
}

void ShmOutput::removeNames() const {
  socket_.removeName();
  clients_.area().removeName();
}

void ShmOutput::serve() {
  pthread_setname_np(pthread_self(), "teecam-shm");
  std::vector<pollfd> watched;
  bool accepts = true;
  while (!stopping_) {
    watched = {{stop_.get(), POLLIN, 0}};
    {
      std::lock_guard guard(lock_);
      clients_.appendTo(watched);
      // who comes when all places are taken waits for one
      const bool open = accepts && clients_.count() < kMaxClients;
      watched.push_back({open ? socket_.fd() : -1, POLLIN, 0});
    }
    constexpr int kForEver = -1;
    if (poll(watched.data(), watched.size(), accepts ? kForEver : static_cast<int>(kTick.count())) < 0)
      continue;
    std::lock_guard guard(lock_);
    for (const auto& told : watched) clients_.handle(told);
    accepts = watched.back().revents == 0 || accept();
    changed_.notify_all();
  }
}

/// With lock_. False: the process has no descriptor left, so that asking again at once is of no use.
bool ShmOutput::accept() {
  UniqueFd fd(accept4(socket_.fd(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!fd) return errno != EMFILE && errno != ENFILE && errno != ENOBUFS && errno != ENOMEM;
  clients_.add(std::move(fd));
  return true;
}

void ShmOutput::feed() {
  pthread_setname_np(pthread_self(), "teecam-shm-feed");
  while (waitForClients()) {
    try {
      readWhileWatched();
    } catch (const std::exception&) {
      // The ring is missing for a moment, as while it is replaced. Who made the ring tells of more.
    }
    std::unique_lock guard(lock_);
    reader_.reset();
    if (clients_.count() > 0) changed_.wait_for(guard, kTick, [this] { return stopping_.load(); });
  }
}

bool ShmOutput::waitForClients() {
  std::unique_lock guard(lock_);
  changed_.wait(guard, [this] { return stopping_ || clients_.count() > 0; });
  return !stopping_;
}

void ShmOutput::readWhileWatched() {
  const std::int64_t opened = nowNs();
  auto knocked = Clock::now();  // opening knocks
  auto opening = RingReader::open(options_.ring);
  std::unique_lock guard(lock_);
  reader_ = std::move(opening);
  clients_.waitForKey();
  const auto mode = options_.format.empty() ? RingMode::next : RingMode::latest;
  while (!stopping_ && clients_.count() > 0 && !reader_->ended()) {
    if (clients_.needKey() && Clock::now() - knocked > kKnockAgain) {
      reader_->knock();
      knocked = Clock::now();
    }
    guard.unlock();
    if (const auto frame = reader_->take(mode)) {
      // frames published before are history
      if (frame->info.published_ns >= opened) offer(*frame);
    } else {
      reader_->status();  // or waitFor would go on telling of the same change of state
      reader_->waitFor(kTick);
    }
    guard.lock();
  }
}

void ShmOutput::offer(const RingFrame& frame) {
  const bool key = (frame.info.flags & TEECAM_FRAME_KEY) != 0;
  const std::size_t size = packedSize(frame, options_.format);
  std::unique_lock guard(lock_);
  if (frame.missed > 0 || (frame.info.flags & TEECAM_FRAME_DISCONTINUITY)) clients_.waitForKey();
  std::byte* block = clients_.prepare(size, key);
  if (block == nullptr) return;
  guard.unlock();
  packFrame(frame, options_.format, {block, size});
  const bool whole = frame.valid();
  guard.lock();
  if (whole) {
    clients_.send(key);
    frames_++;
  } else {
    clients_.giveBack();
    clients_.waitForKey();
  }
}

}  // namespace teecam
