// teecam-ring-torture [--seconds N] [--seed N] [--reader COMMAND]…
//
// A writer at full speed and eight readers at random speeds; readers are killed, stopped and come again, so
// do the writer and the ring's owner, and the ring is replaced. Every frame describes itself. Ends with 0 if
// no torn frame passed for a whole one, read and missed frames are all there were, and nobody was held up.
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <exception>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "audience.h"
#include "stage.h"

namespace {

using namespace teecam::test;
using Clock = std::chrono::steady_clock;

struct Options {
  unsigned seconds = 5;
  unsigned seed = std::random_device()();
  std::vector<std::string> commands;
};

bool number(const char* text, unsigned& into) {
  return std::from_chars(text, text + std::strlen(text), into).ec == std::errc();
}

bool parse(int count, char** words, Options& options) {
  for (int i = 1; i + 1 < count; i += 2) {
    const std::string name = words[i];
    if (name == "--reader")
      options.commands.emplace_back(words[i + 1]);
    else if (name == "--seconds" ? !number(words[i + 1], options.seconds)
                                 : name != "--seed" || !number(words[i + 1], options.seed))
      return false;
  }
  return count % 2 == 1;
}

void disturb(Stage& stage, Audience& audience, std::mt19937& random) {
  const auto draw = random() % 100;
  if (draw < 35)
    audience.killOne();
  else if (draw < 60)
    audience.stopOne();
  else if (draw < 75)
    stage.restartWriter();
  else if (draw < 90)
    stage.republish();
  else
    stage.restartOwner(draw < 95, random);
}

/// Every reader counts once it is back, but for two that drew the same byte. One that had not yet followed
/// the ring when that ends would wait for the next.
bool allPresent(Stage& stage, const Audience& audience) {
  const auto deadline = Clock::now() + std::chrono::seconds(30);
  const int seats = static_cast<int>(Audience::kSeats);
  for (int readers = 0; Clock::now() < deadline;) {
    readers = stage.readers();
    if (readers <= seats && readers >= seats - 2 && audience.present()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return false;
}

/// The faults found, and a line of figures.
std::vector<std::string> torture(bool raw, const Options& options) {
  std::mt19937 random(options.seed + (raw ? 0 : 1));
  Stage stage(raw);
  Audience audience(stage.path(), options.commands, random);
  const auto began = Clock::now();
  const auto end = began + std::chrono::milliseconds(options.seconds * 500);
  std::vector<std::string> faults;
  while (Clock::now() < end) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20 + random() % 100));
    disturb(stage, audience, random);
    audience.lookAfter();
    if (!stage.stands()) faults.emplace_back("the writer or the owner has ended");
    if (!stage.stands()) break;
  }
  audience.continueAll();
  if (!allPresent(stage, audience))
    faults.push_back("there are " + std::to_string(stage.readers()) + " readers of eight");
  const double seconds = std::chrono::duration<double>(Clock::now() - began).count();
  stage.close();
  audience.close();

  const auto& writing = stage.writing();
  const auto& read = audience.books();
  const auto& done = stage.books();
  const std::uint64_t frames = writing.frames, waits = writing.waits;
  std::printf(
      "%s, %.1f s: %llu frames written by %u writers, longest call %.2f ms of processor time, %llu waits; "
      "%u readers, %u killed, %u stopped; those that came to the end read %llu, torn and noticed %llu, "
      "missed "
      "%llu; ring published again %u times, taken over %u, replaced %u\n",
      raw ? "raw" : "coded", seconds, static_cast<unsigned long long>(frames), done.writers,
      static_cast<double>(writing.longestNs) / 1e6, static_cast<unsigned long long>(waits), read.readers,
      read.killed, read.stopped, static_cast<unsigned long long>(read.read),
      static_cast<unsigned long long>(read.torn), static_cast<unsigned long long>(read.missed),
      done.republished, done.takenOver, done.replaced);
  std::fflush(stdout);
  faults.insert(faults.end(), read.faults.begin(), read.faults.end());
  if (read.read == 0 || frames == 0) faults.emplace_back("nothing was read");
  // Opening and moving over to another file may wait for the kernel; writing frames never does.
  if (waits > done.writers + done.republished + frames / 1000) faults.emplace_back("the writer was held up");
  return faults;
}

}  // namespace

int main(int count, char** words) {
  Options options;
  if (!parse(count, words, options)) {
    std::fputs("usage: teecam-ring-torture [--seconds N] [--seed N] [--reader COMMAND]...\n", stderr);
    return 2;
  }
  std::signal(SIGPIPE, SIG_IGN);
  std::printf("seed %u\n", options.seed);
  std::fflush(stdout);
  try {
    bool whole = true;
    for (const bool raw : {true, false}) {
      for (const auto& fault : torture(raw, options)) {
        std::fprintf(stderr, "fault: %s\n", fault.c_str());
        whole = false;
      }
    }
    return whole ? 0 : 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "fault: %s\n", error.what());
    return 1;
  }
}
