// Thread: one.
// Owns: the appliance's and the worker's part of the play, each in a process of its own; the name of a ring.
// Ends: the destructor kills what is left and removes the name.
#pragma once

#include <random>
#include <string>

#include "child.h"
#include "core/ring_geometry.h"
#include "writer.h"

namespace teecam::test {

struct StageBooks {
  unsigned writers = 0, republished = 0, takenOver = 0, replaced = 0;
};

/// The side that writes: a ring with its owner and its writer, which are killed and come again.
class Stage {
 public:
  explicit Stage(bool raw);
  ~Stage();
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;

  const std::string& path() const { return path_; }
  const StageBooks& books() const { return books_; }
  const WriterBooks& writing() const { return *writing_; }

  /// As when a worker dies.
  void restartWriter();
  /// As when logind removes the name.
  void republish();
  /// As when the appliance is killed: the next one takes the ring over, or replaces it by another geometry.
  void restartOwner(bool sameGeometry, std::mt19937& random);
  /// Presence locks.
  int readers();
  /// Whether owner and writer are still there.
  bool stands();
  void close();

 private:
  void startOwner();
  void startWriter();
  RingGeometry geometry() const;

  const bool raw_;
  const std::string path_;
  unsigned version_ = 0;
  WriterBooks* const writing_;
  StageBooks books_;
  std::optional<Child> owner_, writer_;
};

}  // namespace teecam::test
