#include "core/media_writer.h"

#include "core/mp4_writer.h"
#include "core/ts_writer.h"

namespace teecam {

std::unique_ptr<MediaWriter> MediaWriter::make(Container container) {
  if (container == Container::mpegTs) return std::make_unique<TsWriter>();
  return std::make_unique<Mp4Writer>();
}

}  // namespace teecam
