#include "native_reader.h"

#include <array>
#include <chrono>
#include <random>
#include <span>
#include <thread>
#include <vector>

#include "account.h"
#include "core/ring_reader.h"
#include "pattern.h"

namespace teecam::test {

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

// Nothing new for so long is a reader that hangs.
constexpr auto kStall = 20s;

std::unique_ptr<RingReader> open(const std::string& path) {
  for (;;) {
    try {
      return RingReader::open(path);
    } catch (const RingError& error) {
      if (error.code() != "not-found") throw;  // between two files
    }
  }
}

class Torture {
 public:
  Torture(const std::string& path, unsigned seed)
      : random_(seed), slow_(random_() % 2 == 0), reader_(open(path)) {}

  void run() {
    auto heard = Clock::now();
    while (!reader_->ended()) {
      if (random_() % 2 == 0 ? inPlace() : byCopy()) {
        heard = Clock::now();
      } else if (reader_->waitFor(1s) == RingWait::timeout && Clock::now() - heard > kStall) {
        torture_fault(&account_, "it hangs", 0);
      }
    }
    torture_close(&account_);
  }

 private:
  RingMode mode() {
    return std::array{RingMode::next, RingMode::next, RingMode::next, RingMode::latest,
                      RingMode::key}[random_() % 5];
  }

  bool inPlace() {
    const auto frame = reader_->take(mode());
    if (!frame) return false;
    if (slow_) hold();
    count(frame->info, frame->missed, frame->data, *frame);
    return true;
  }

  bool byCopy() {
    const auto copy = reader_->copy(mode(), [&](std::size_t) { return std::span(memory_); });
    if (copy.result != RingRead::frame) return false;
    const auto data = std::span<const std::byte>(memory_).first(static_cast<std::size_t>(copy.info.size));
    torture_count(&account_, copy.info.sequence, copy.info.capture_ns, copy.missed,
                  describes(copy.info, data), 1);
    return true;
  }

  static bool describes(const teecam_frame_descriptor& info, std::span<const std::byte> data) {
    return torture_describes(data.data(), data.size(), static_cast<std::uint64_t>(info.capture_ns)) != 0;
  }

  void count(const teecam_frame_descriptor& info, std::uint64_t missed, std::span<const std::byte> data,
             const RingFrame& frame) {
    const bool whole = describes(info, data);
    torture_count(&account_, info.sequence, info.capture_ns, missed, whole, frame.valid());
  }

  void hold() {
    const auto draw = random_() % 256;
    if (draw < 16) std::this_thread::sleep_for(std::chrono::microseconds(random_() % 2000));
    if (draw == 255) std::this_thread::sleep_for(std::chrono::microseconds(random_() % 50'000));
  }

  std::mt19937 random_;
  const bool slow_;
  std::unique_ptr<RingReader> reader_;
  std::vector<std::byte> memory_ = std::vector<std::byte>(TORTURE_MAX_WORDS * 4 + 4096);
  torture_account account_{"native", 0, 0, 0, 0, 0, 0};
};

}  // namespace

void tortureNativeReader(const std::string& path, unsigned seed) {
  Torture(path, seed).run();
}

}  // namespace teecam::test
