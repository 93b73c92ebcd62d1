#include "worker/trial.h"

#include <unistd.h>

#include <nlohmann/json.hpp>
#include <string>

#include "core/encoder_trial.h"
#include "core/error.h"
#include "core/plan_reader.h"
#include "core/runtime.h"

namespace teecam {

namespace {

using Json = nlohmann::json;

std::string readLine(int descriptor) {
  std::string line;
  for (char byte = 0; read(descriptor, &byte, 1) == 1 && byte != '\n';) line += byte;
  return line;
}

bool writeLine(int descriptor, const std::string& text) {
  const std::string line = text + "\n";
  for (std::size_t written = 0; written < line.size();) {
    const ssize_t count = write(descriptor, line.data() + written, line.size() - written);
    if (count <= 0) return false;
    written += static_cast<std::size_t>(count);
  }
  return true;
}

Json answer(const std::string& line) {
  try {
    const Json document = Json::parse(line);
    const EncoderFacts facts = tryEncoder(readEncoderTrial(JsonReader(document)));
    return {{"frames", facts.frames},
            {"keyFrames", facts.keyFrames},
            {"slices", facts.slices},
            {"parameterSets", facts.parameterSets},
            {"cpuMsPerFrame", facts.cpuMsPerFrame}};
  } catch (const std::exception& error) {
    return {{"error", error.what()}};
  }
}

}  // namespace

int runTrial(int descriptor) {
  std::string text;
  Runtime::get().run(
      [&] { text = answer(readLine(descriptor)).dump(-1, ' ', false, Json::error_handler_t::replace); });
  return writeLine(descriptor, text) ? 0 : 70;
}

}  // namespace teecam
