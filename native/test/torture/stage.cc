#include "stage.h"

#include <sys/mman.h>
#include <unistd.h>

#include <stdexcept>

#include "core/ring_file.h"
#include "pattern.h"

namespace teecam::test {

namespace {

std::string instance() {
  return std::string("torture").append(std::to_string(getpid()));
}

WriterBooks* sharedBooks() {
  void* memory =
      mmap(nullptr, sizeof(WriterBooks), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::runtime_error("no memory");
  return new (memory) WriterBooks{};
}

/// The appliance: makes the ring, says so, and obeys: r republishes, c counts the readers, e ends.
void own(const std::string& path, const RingFileOptions& options, int in, int out) {
  const auto file = RingFile::make(path, options);
  const auto say = [out](unsigned number) {
    const auto byte = static_cast<unsigned char>(number);
    return write(out, &byte, 1) == 1;
  };
  char verb = 0;
  for (bool heard = say(0); heard && read(in, &verb, 1) == 1;) {
    if (verb == 'r') {
      unlink(path.c_str());
      heard = say(file->republish() ? 1 : 0);
    } else if (verb == 'c') {
      heard = say(file->readers());
    } else {
      return;
    }
  }
}

}  // namespace

Stage::Stage(bool raw)
    : raw_(raw),
      path_(
          std::string("/dev/shm/teecam.").append(instance()).append(".front.").append(raw ? "raw" : "coded")),
      writing_(sharedBooks()) {
  startOwner();
  startWriter();
}

Stage::~Stage() {
  writer_.reset();
  owner_.reset();
  unlink(path_.c_str());
  munmap(writing_, sizeof *writing_);
}

RingGeometry Stage::geometry() const {
  const std::uint64_t slot = TORTURE_MAX_WORDS * 4;
  const std::uint32_t more = version_ % 2;
  if (raw_) return {32, 6 + more, slot, (6 + more) * slot};
  return {16u << more, 0, 0, 8 * slot};
}

void Stage::startOwner() {
  const RingFileOptions options{geometry(), instance(), "front", raw_ ? "raw" : "coded", 0600, std::nullopt};
  owner_.emplace(Child::fork([&](int in, int out) { own(path_, options, in, out); }));
  if (!owner_->answer()) throw std::runtime_error("the ring could not be made");
}

void Stage::startWriter() {
  writer_.emplace(Child::fork([&](int, int) { tortureWriter(path_, *writing_); }));
  books_.writers++;
}

void Stage::restartWriter() {
  writer_.reset();
  startWriter();
}

void Stage::republish() {
  if (owner_->ask('r') != 1) throw std::runtime_error("the name was not published again");
  books_.republished++;
}

void Stage::restartOwner(bool sameGeometry, std::mt19937& random) {
  if (!sameGeometry) version_++;
  (sameGeometry ? books_.takenOver : books_.replaced)++;
  // The old worker may outlive the old appliance, and see the new one.
  const bool writerFirst = random() % 2 == 0;
  if (!sameGeometry && writerFirst) writer_.reset();
  owner_.reset();
  startOwner();
  if (!sameGeometry) restartWriter();
}

int Stage::readers() {
  return owner_->ask('c').value_or(-1);
}

bool Stage::stands() {
  return !owner_->ended() && !writer_->ended();
}

void Stage::close() {
  writer_.reset();
  owner_->ask('e');
}

}  // namespace teecam::test
