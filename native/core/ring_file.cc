#include "core/ring_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "core/ring_locks.h"
#include "core/ring_words.h"

namespace teecam {

namespace {

bool sameFile(const struct stat& a, const struct stat& b) {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/// Whether `path` names the file that `fd` has open.
bool names(const std::string& path, int fd) {
  struct stat named {
  }, opened{};
  return fstat(fd, &opened) == 0 && lstat(path.c_str(), &named) == 0 && sameFile(named, opened);
}

RingError owned(const std::string& path) {
  return {"owned", path + " belongs to another running Teecam; give this one an `instance` name of its own"};
}

void reserve(int fd, const std::string& path, std::uint64_t size) {
  int error;
  // A killed run's draft may have another size, and frames in it.
  if (ftruncate(fd, 0) != 0) throw RingError::fromErrno(errno, "sizing " + path);
  do error = posix_fallocate(fd, 0, static_cast<off_t>(size));
  while (error == EINTR);
  if (error == 0) return;
  if (error != ENOSPC && error != EDQUOT && error != EFBIG)
    throw RingError::fromErrno(error, "reserving " + std::to_string(size) + " bytes for " + path);
  ftruncate(fd, 0);  // what it reserved in part is not free
  struct statvfs fs {};
  const std::uint64_t free = fstatvfs(fd, &fs) == 0 ? std::uint64_t{fs.f_bavail} * fs.f_frsize : 0;
  throw RingError("no-space",
                  path + " needs " + std::to_string(size) + " bytes, " + std::to_string(free) + " are free",
                  {{"neededBytes", size}, {"freeBytes", free}});
}

void setAccess(int fd, const RingFileOptions& options, const std::string& path) {
  if (options.gid && fchown(fd, static_cast<uid_t>(-1), *options.gid) != 0)
    throw RingError::fromErrno(errno, "giving " + path + " to group " + std::to_string(*options.gid));
  if (fchmod(fd, options.mode) != 0) throw RingError::fromErrno(errno, "setting the mode of " + path);
}

void putName(char (&field)[32], const std::string& name) {
  if (name.size() > sizeof field) throw RingError("failed", "the name " + name + " is longer than 32 bytes");
  std::memcpy(field, name.data(), name.size());
}

/// `head` is that of the file whose place it takes, so that sequence numbers go on.
void writeIdentity(int fd, const RingFileOptions& options, std::uint32_t head, const std::string& path) {
  teecam_ring_header header{};
  std::memcpy(header.magic, TEECAM_RING_MAGIC, sizeof header.magic);
  header.version = TEECAM_RING_VERSION;
  header.header_size = TEECAM_RING_HEADER_SIZE;
  header.file_size = options.geometry.fileSize();
  header.frame_count = options.geometry.frameCount;
  header.descriptor_size = TEECAM_RING_DESCRIPTOR_SIZE;
  header.descriptor_offset = TEECAM_RING_HEADER_SIZE;
  header.arena_offset = options.geometry.arenaOffset();
  header.arena_size = options.geometry.arenaSize;
  header.slot_count = options.geometry.slotCount;
  header.slot_size = options.geometry.slotSize;
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  header.created_ns = std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
  putName(header.instance, options.instance);
  putName(header.camera, options.camera);
  putName(header.stream, options.stream);
  header.head = head;
  header.state = TEECAM_RING_IDLE;
  header.framerate_den = 1;
  header.colour_matrix = header.colour_transfer = header.colour_primaries = 2;
  if (pwrite(fd, &header, sizeof header, 0) != sizeof header)
    throw RingError::fromErrno(errno, "writing the header of " + path);
}

bool sameIdentity(const teecam_ring_header& header, const RingFileOptions& options) {
  return std::strncmp(header.instance, options.instance.c_str(), sizeof header.instance) == 0 &&
         std::strncmp(header.camera, options.camera.c_str(), sizeof header.camera) == 0 &&
         std::strncmp(header.stream, options.stream.c_str(), sizeof header.stream) == 0;
}

/// The ring in `fd`, or null if it is none.
std::unique_ptr<RingMapping> mapIfRing(int fd, const std::string& path) {
  try {
    return std::make_unique<RingMapping>(fd, RingMapping::Access::write, path.c_str());
  } catch (const RingError& error) {
    if (error.code() != "malformed") throw;
    return nullptr;
  }
}

void announce(const RingMapping& mapping, teecam_ring_state state) {
  storeRelease(mapping.header().state, state);
  wakeAll(mapping.header().wake);
}

}  // namespace

std::string ringDraftName(const std::string& path) {
  const auto slash = path.find_last_of('/') + 1;
  return path.substr(0, slash) + "." + path.substr(slash) + ".new";
}

/// A file that loses its name again unless it is published.
class RingFile::Draft {
 public:
  explicit Draft(const std::string& path) : name_(ringDraftName(path)), path_(path) {
    for (;;) {
      fd_ = UniqueFd(open(name_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
      if (!fd_) throw RingError::fromErrno(errno, "making " + name_);
      if (tryWriteLock(fd_.get(), TEECAM_RING_LOCK_OWNER) != WriteLock::taken) throw owned(path);
      // Whoever held the lock a moment ago may have given the file its final name, or removed it.
      if (names(name_, fd_.get())) return;
    }
  }
  ~Draft() {
    if (fd_) unlink(name_.c_str());
  }
  Draft(const Draft&) = delete;
  Draft& operator=(const Draft&) = delete;

  /// `head` is that of the file whose place it will take.
  void make(const RingFileOptions& options, std::uint32_t head) {
    options.geometry.check();
    reserve(fd_.get(), path_, options.geometry.fileSize());
    writeIdentity(fd_.get(), options, head, path_);
    setAccess(fd_.get(), options, path_);
    mapping_ = std::make_unique<RingMapping>(fd_.get(), RingMapping::Access::write, path_.c_str());
    options_ = options;
  }

  const RingMapping& mapping() const { return *mapping_; }

  /// Its name, lock and mapping are the ring's from here on.
  void publish(RingFile& ring) {
    if (rename(name_.c_str(), path_.c_str()) != 0) throw RingError::fromErrno(errno, "naming " + path_);
    ring.fd_ = std::move(fd_);
    ring.mapping_ = std::move(mapping_);
    ring.options_ = std::move(options_);
  }

 private:
  const std::string name_, path_;
  UniqueFd fd_;
  std::unique_ptr<RingMapping> mapping_;
  RingFileOptions options_;
};

RingFile::RingFile(std::string path, RingFileOptions options)
    : path_(std::move(path)), options_(std::move(options)) {}

std::unique_ptr<RingFile> RingFile::make(const std::string& path, const RingFileOptions& options) {
  options.geometry.check();
  std::unique_ptr<RingFile> file(new RingFile(path, options));
  file->acquire();
  return file;
}

void RingFile::acquire() {
  // The draft's lock is held throughout: nobody else can put a file under this name meanwhile.
  Draft draft(path_);
  UniqueFd old(open(path_.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW));
  if (!old && errno != ENOENT) throw RingError::fromErrno(errno, "opening " + path_);
  std::unique_ptr<RingMapping> oldMapping;
  if (old) {
    const WriteLock lock = tryWriteLock(old.get(), TEECAM_RING_LOCK_OWNER);
    if (lock == WriteLock::held) throw owned(path_);
    oldMapping = mapIfRing(old.get(), path_);
    if (!mapping_ && lock == WriteLock::taken && names(path_, old.get()) && oldMapping &&
        oldMapping->geometry() == options_.geometry && sameIdentity(oldMapping->header(), options_) &&
        loadAcquire(oldMapping->header().state) < TEECAM_RING_ENDED) {
      setAccess(old.get(), options_, path_);
      announce(*oldMapping, TEECAM_RING_IDLE);
      fd_ = std::move(old);
      mapping_ = std::move(oldMapping);
      origin_ = Origin::takenOver;
      return;
    }
  }
  // After republish(), the file that lost its name is the one to go on from.
  const RingMapping* before = oldMapping ? oldMapping.get() : mapping_.get();
  draft.make(options_, before ? loadAcquire(before->header().head) : 0);
  // The one in hand goes on until the readers have been told.
  const UniqueFd fd = std::move(fd_);
  const auto mapping = std::move(mapping_);
  draft.publish(*this);
  // Only now: a reader told before the new file has its name would find the old one again.
  if (oldMapping) {
    announce(*oldMapping, TEECAM_RING_REPLACED);
    // The writer of a killed run may have gone on until now; the new file's own has yet to come.
    if (!mapping) storeRelease(mapping_->header().head, loadAcquire(oldMapping->header().head));
  }
  if (mapping) announce(*mapping, TEECAM_RING_REPLACED);
  origin_ = old ? Origin::replaced : Origin::created;
}

void RingFile::draft(const RingFileOptions& options) {
  if (!mapping_) throw RingError("closed", path_ + " was closed");
  auto draft = std::make_unique<Draft>(path_);
  draft->make(options, loadAcquire(mapping_->header().head));
  draft_ = std::move(draft);
}

void RingFile::publishDraft() {
  if (!mapping_ || !draft_) throw RingError("closed", path_ + " has no draft");
  // A writer that died after the draft was made has published more since; one that moved over has gone on
  // from there itself.
  const std::uint32_t head = loadAcquire(mapping_->header().head);
  teecam_ring_header& next = draft_->mapping().header();
  if (static_cast<std::int32_t>(head - loadAcquire(next.head)) > 0) storeRelease(next.head, head);
  const UniqueFd fd = std::move(fd_);
  const auto mapping = std::move(mapping_);
  draft_->publish(*this);
  announce(*mapping, TEECAM_RING_REPLACED);
  draft_.reset();
}

void RingFile::dropDraft() noexcept {
  draft_.reset();
}

RingFile::~RingFile() {
  close();
}

bool RingFile::republish() {
  if (!mapping_ || draft_ || names(path_, fd_.get())) return false;
  acquire();
  return true;
}

unsigned RingFile::readers() const {
  return mapping_ ? countPresenceLocks(fd_.get()) : 0;
}

std::optional<std::int64_t> RingFile::newestCaptureNs() const {
  if (!mapping_) return std::nullopt;
  const auto seen = mapping_->see(loadAcquire(mapping_->header().head));
  return seen && seen->frame.sequence != 0 ? std::optional(seen->frame.capture_ns) : std::nullopt;
}

void RingFile::close() noexcept {
  dropDraft();
  if (!mapping_) return;
  // The name first: who is told that it ended and looks for a successor must not find this file.
  if (names(path_, fd_.get())) unlink(path_.c_str());
  announce(*mapping_, TEECAM_RING_ENDED);
  mapping_.reset();
  fd_ = UniqueFd();
}

}  // namespace teecam
