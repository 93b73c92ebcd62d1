// Thread: the control thread.
// Owns: references to its elements and to the pads that they hang on.
// Ends: with its scope; elements that were not taken out stay in the pipeline.
#pragma once

#include <gst/gst.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/gst_ptr.h"
#include "core/pipeline.h"

namespace teecam {

/// Elements that are to leave a pipeline which runs: whole subtrees, each hanging on a tee that stays.
class Removal {
 public:
  /// Throws CoreError `bad-plan` when one is not there, or when others would be left without what feeds them.
  Removal(const Pipeline& pipeline, const std::vector<std::string>& ids);
  Removal(const Removal&) = delete;
  Removal& operator=(const Removal&) = delete;

  bool has(const std::string& id) const;
  /// Unlinks them from their tees between two frames; the tees go on. Throws CoreError `internal` when a tee
  /// gets stuck in a frame; then all are linked as before.
  void detach();
  /// Stops them, as far as they have come with what they hold.
  void stop();
  void takeOut();

 private:
  struct Entry {
    std::string id;
    ObjectPtr<GstElement> element;
  };
  struct Cut;
  void findCut(const Entry& entry);

  GstBin* const pipeline_;
  std::vector<Entry> entries_;  // each behind those that feed it
  std::vector<std::shared_ptr<Cut>> cuts_;
};

}  // namespace teecam
