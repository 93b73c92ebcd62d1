#include "core/source_probe.h"

#include "core/error.h"
#include "core/file_formats.h"
#include "core/v4l2_formats.h"
#include "core/v4l2_node.h"

namespace teecam {

std::vector<SourceFormat> probeFormats(const std::string& kind, const std::string& path) {
  if (kind == "file") return fileFormats(path);
  if (kind != "v4l2") throw CoreError("failed", "sources of the kind " + kind + " cannot be asked");
  const V4l2Node node(path);
  if (!node.givesPictures()) throw CoreError("failed", path + " (" + node.card() + ") captures no pictures");
  if (!node.hasSignal()) throw CoreError("no-signal", path + " (" + node.card() + ") has no signal");
  std::vector<SourceFormat> formats = v4l2Formats(node);
  if (formats.empty()) throw CoreError("format-refused", path + " offers no format that Teecam knows");
  return formats;
}

}  // namespace teecam
