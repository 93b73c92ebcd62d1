// Thread: one at a time.
// Owns: a ring file in /dev/shm: its name, its size, the owner lock on byte 1024.
// Ends: close() or the destructor marks it ended, wakes its readers and removes the name.
#pragma once

#include <sys/types.h>

#include <memory>
#include <optional>
#include <string>

#include "core/ring_error.h"
#include "core/ring_geometry.h"
#include "core/ring_mapping.h"
#include "core/unique_fd.h"

namespace teecam {

struct RingFileOptions {
  RingGeometry geometry;
  std::string instance, camera, stream;  // 32 bytes each at most
  mode_t mode = 0640;
  std::optional<gid_t> gid;
};

/// The appliance's end of a ring (docs/ring.md, Life of a file).
/// The temporary name of a ring file: the same for all who would make it, so that its lock lets only one do
/// so at a time.
std::string ringDraftName(const std::string& path);

class RingFile {
 public:
  enum class Origin { created, takenOver, replaced };

  /// Makes the file, takes over a left-over one of the same geometry, or puts a new one in the place of
  /// another. Throws RingError.
  static std::unique_ptr<RingFile> make(const std::string& path, const RingFileOptions& options);
  ~RingFile();
  RingFile(const RingFile&) = delete;
  RingFile& operator=(const RingFile&) = delete;

  const std::string& path() const { return path_; }
  Origin origin() const { return origin_; }
  /// Gives the name a ring again when it was removed or taken by another file; true if it had to. It is a new
  /// file, since one without a name cannot get one; readers and the writer move over by themselves. Throws
  /// RingError, `owned` when another appliance has the name.
  bool republish();
  /// Makes the file that is to take this one's place, with another geometry or other rights. It waits under
  /// its draft name, where no reader finds it, so that its writer can be there before them. Throws RingError.
  void draft(const RingFileOptions& options);
  /// The draft gets the name, and the readers of the present file move over. Throws RingError.
  void publishDraft();
  void dropDraft() noexcept;
  unsigned readers() const;
  /// Time of capture of the newest frame, CLOCK_MONOTONIC; nullopt when there is none.
  std::optional<std::int64_t> newestCaptureNs() const;
  void close() noexcept;

 private:
  RingFile(std::string path, RingFileOptions options);
  class Draft;
  void acquire();

  const std::string path_;
  RingFileOptions options_;
  Origin origin_ = Origin::created;
  UniqueFd fd_;
  std::unique_ptr<RingMapping> mapping_;  // null: closed
  std::unique_ptr<Draft> draft_;
};

}  // namespace teecam
