#include "writer.h"

#include <sys/resource.h>
#include <time.h>

#include <algorithm>
#include <span>
#include <vector>

#include "core/ring_writer.h"
#include "pattern.h"

namespace teecam::test {

namespace {

std::int64_t now(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

std::uint64_t ownWaits() {
  rusage usage{};
  getrusage(RUSAGE_THREAD, &usage);
  return static_cast<std::uint64_t>(usage.ru_nvcsw);
}

class Writer {
 public:
  Writer(const std::string& path, WriterBooks& books) : books_(books), writer_(RingWriter::open(path)) {}

  void writeOne() {
    // A JavaScript number holds it, however long the machine has run.
    const std::int64_t tag = std::max(now(CLOCK_MONOTONIC) & ~std::int64_t{1023}, lastTag_ + 1024);
    lastTag_ = tag;
    FrameMeta meta;
    meta.captureNs = tag;
    meta.durationNs = 1'000'000;
    meta.flags = count_++ % 8 == 0 ? std::uint32_t{TEECAM_FRAME_KEY} : 0u;
    const auto sequence = writer_->header().slot_count > 0 ? throughSlot(meta) : encoded(meta);
    (sequence ? books_.frames : books_.refused)++;
  }

 private:
  using Sequence = std::optional<std::uint64_t>;

  /// A lock, or a reader, that held it up would show here.
  template <typename Call>
  auto timed(Call call) {
    const std::int64_t began = now(CLOCK_THREAD_CPUTIME_ID);
    auto result = call();
    const auto took = static_cast<std::uint64_t>(now(CLOCK_THREAD_CPUTIME_ID) - began);
    if (took > books_.longestNs) books_.longestNs = took;
    return result;
  }

  Sequence throughSlot(const FrameMeta& meta) {
    const auto slot = timed([&] { return writer_->takeSlot(); });
    if (!slot) return std::nullopt;
    const std::size_t words = fill(reinterpret_cast<std::uint32_t*>(slot->data), meta);
    return timed([&] { return writer_->publishSlot(slot->index, words * 4, meta); });
  }

  Sequence encoded(const FrameMeta& meta) {
    const std::size_t words = fill(memory_.data(), meta);
    const auto bytes = std::as_bytes(std::span(memory_).first(words));
    const std::span<const std::byte> chunks[] = {bytes.first(12), bytes.subspan(12)};
    return timed([&] { return writer_->publish(chunks, meta); });
  }

  static std::size_t fill(std::uint32_t* to, const FrameMeta& meta) {
    const auto tag = static_cast<std::uint64_t>(meta.captureNs);
    const std::size_t words = torture_words(tag);
    for (std::size_t place = 0; place < words; place++) to[place] = torture_word(tag, place);
    return words;
  }

  WriterBooks& books_;
  std::unique_ptr<RingWriter> writer_;
  std::vector<std::uint32_t> memory_ = std::vector<std::uint32_t>(TORTURE_MAX_WORDS);
  std::int64_t lastTag_ = 0;
  unsigned count_ = 0;
};

}  // namespace

void tortureWriter(const std::string& path, WriterBooks& books) {
  Writer writer(path, books);
  std::uint64_t counted = ownWaits();
  for (;;) {
    for (int i = 0; i < 256; i++) writer.writeOne();
    const std::uint64_t waits = ownWaits();
    books.waits += waits - counted;
    counted = waits;
  }
}

}  // namespace teecam::test
