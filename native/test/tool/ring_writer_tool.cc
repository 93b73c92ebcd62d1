// A ring writer for tests in other languages. Usage: teecam-test-writer RING, then on standard input, a line
// each:
//   format FOURCC WIDTH HEIGHT
//   state NAME [REASON]           idle, live or slate
//   text FLAGS TEXT               publishes the text as a frame, captured now
//   file FLAGS PLANES PATH        publishes a file's bytes; PLANES as OFFSET:STRIDE,OFFSET:STRIDE or -
//   count N INTERVAL_US           publishes N frames "frame 1", "frame 2", ... all of them key frames
//   take                          takes a slot and keeps it: the oldest frame is gone
// Each is answered with the last sequence number, or "error" and a sentence.
#include <chrono>
#include <cstring>
#include <fstream>
#include <iostream>
#include <iterator>
#include <sstream>
#include <string>
#include <thread>

#include "core/ring_writer.h"

using namespace teecam;

namespace {

std::int64_t monotonicNs() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

std::uint64_t publish(RingWriter& writer, const std::string& bytes, FrameMeta meta) {
  meta.captureNs = monotonicNs();
  if (writer.header().slot_count == 0) {
    const auto chunk = std::as_bytes(std::span(bytes));
    const auto sequence = writer.publish({&chunk, 1}, meta);
    if (!sequence) throw std::runtime_error("larger than the arena");
    return *sequence;
  }
  const auto slot = writer.takeSlot();
  if (!slot || slot->size < bytes.size()) throw std::runtime_error("no slot for it");
  std::memcpy(slot->data, bytes.data(), bytes.size());
  const auto sequence = writer.publishSlot(slot->index, bytes.size(), meta);
  if (!sequence) throw std::runtime_error("the ring was replaced");
  return *sequence;
}

void readPlanes(const std::string& text, FrameMeta& meta) {
  std::istringstream planes(text);
  char colon, comma;
  while (text != "-" && meta.planeCount < TEECAM_RING_MAX_PLANES &&
         planes >> meta.planeOffset[meta.planeCount] >> colon >> meta.planeStride[meta.planeCount]) {
    meta.planeCount++;
    planes >> comma;
  }
}

std::uint64_t obey(RingWriter& writer, const std::string& line) {
  std::istringstream words(line);
  std::string verb;
  words >> verb;
  FrameMeta meta;
  if (verb == "format") {
    std::string fourcc;
    RingFormat format;
    words >> fourcc >> format.width >> format.height;
    fourcc.resize(4, ' ');
    std::memcpy(&format.fourcc, fourcc.data(), 4);
    writer.setFormat(format);
  } else if (verb == "state") {
    std::string name, reason;
    words >> name >> reason;
    writer.setState(name == "slate"  ? TEECAM_RING_SLATE
                    : name == "live" ? TEECAM_RING_LIVE
                                     : TEECAM_RING_IDLE,
                    reason);
  } else if (verb == "text") {
    std::string text;
    words >> meta.flags >> text;
    return publish(writer, text, meta);
  } else if (verb == "file") {
    std::string planes, path;
    words >> meta.flags >> planes >> path;
    readPlanes(planes, meta);
    std::ifstream file(path, std::ios::binary);
    if (!file) throw std::runtime_error("cannot open " + path);
    return publish(writer, {std::istreambuf_iterator<char>(file), {}}, meta);
  } else if (verb == "count") {
    int count = 0, intervalUs = 0;
    words >> count >> intervalUs;
    meta.flags = TEECAM_FRAME_KEY;
    for (int i = 1; i <= count; i++) {
      publish(writer, std::string("frame ").append(std::to_string(i)), meta);
      std::this_thread::sleep_for(std::chrono::microseconds(intervalUs));
    }
  } else if (verb == "take") {
    if (!writer.takeSlot()) throw std::runtime_error("no slot");
  } else {
    throw std::runtime_error("unknown: " + line);
  }
  return writer.header().head;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: teecam-test-writer RING\n";
    return 2;
  }
  try {
    const auto writer = RingWriter::open(argv[1]);
    std::cout << "ready" << std::endl;
    for (std::string line; std::getline(std::cin, line);) {
      try {
        std::cout << obey(*writer, line) << std::endl;
      } catch (const std::exception& error) {
        std::cout << "error " << error.what() << std::endl;
      }
    }
    return 0;
  } catch (const std::exception& error) {
    std::cout << "error " << error.what() << std::endl;
    return 1;
  }
}
