#include "core/source_probe.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "core/devices.h"
#include "core/error.h"
#include "core/v4l2_formats.h"
#include "gst_fixture.h"

using namespace teecam;
using namespace teecam::test;

namespace {

class TempDir {
 public:
  TempDir() {
    std::string name = "/tmp/teecam-probe-XXXXXX";
    REQUIRE(mkdtemp(name.data()));
    path_ = name;
  }
  ~TempDir() { std::filesystem::remove_all(path_); }
  std::string file(const char* name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

std::string codeOf(const std::string& kind, const std::string& path) {
  try {
    probeFormats(kind, path);
    return "";
  } catch (const CoreError& error) {
    CHECK(std::string(error.what()).find(path) != std::string::npos);
    return error.code();
  }
}

void record(const std::string& elements) {
  TestPipeline pipeline(elements);
  pipeline.play();
  REQUIRE(pipeline.waitForEnd() == "");
}

bool has(const std::vector<Fraction>& rates, int num, int den) {
  return std::ranges::any_of(rates, [=](const Fraction& rate) { return rate.num == num && rate.den == den; });
}

}  // namespace

TEST_CASE("a video file's size and rate") {
  const TempDir dir;
  const std::string clip = dir.file("a clip.avi");
  record(
      "videotestsrc num-buffers=20 ! video/x-raw,width=64,height=48,framerate=25/2 ! jpegenc ! avimux ! "
      "filesink "
      "location=\"" +
      clip + "\"");
  const auto formats = probeFormats("file", clip);
  REQUIRE(formats.size() == 2);
  CHECK(formats[1].media == "image/jpeg");
  CHECK(formats[1].width == 64);
  CHECK(formats[0].media == "video/x-raw");
  CHECK(formats[0].width == 64);
  CHECK(formats[0].height == 48);
  CHECK(has(formats[0].framerates, 25, 2));
}

TEST_CASE("H.264 is offered as it is where no frame is stored out of its order") {
  initGst();
  const TempDir dir;
  const std::string begin =
      "videotestsrc num-buffers=20 ! video/x-raw,width=64,height=48,framerate=25/1,format=I420 ! x264enc "
      "bframes=2 ! "
      "video/x-h264,profile=";
  const auto mediaOf = [&](const std::string& profile) {
    const std::string clip = dir.file((profile + ".mkv").c_str());
    record(begin + profile + " ! matroskamux ! filesink location=" + clip);
    return probeFormats("file", clip).back().media;
  };
  CHECK(mediaOf("constrained-baseline") == "video/x-h264");
  CHECK(mediaOf("high") == "video/x-raw");
}

TEST_CASE("files that are no camera") {
  initGst();
  const TempDir dir;
  CHECK(codeOf("file", dir.file("missing.mp4")) == "no-device");
  CHECK(codeOf("file", dir.file("")) == "failed");
  std::ofstream(dir.file("text.mp4")) << "This is a text and not a video, whatever its name says.\n";
  CHECK(codeOf("file", dir.file("text.mp4")) == "corrupt");
  std::ofstream(dir.file("empty.mp4")).close();
  CHECK(codeOf("file", dir.file("empty.mp4")) == "corrupt");
  record("audiotestsrc num-buffers=20 ! wavenc ! filesink location=" + dir.file("sound.wav"));
  CHECK(codeOf("file", dir.file("sound.wav")) == "corrupt");
  record("videotestsrc num-buffers=1 ! jpegenc ! filesink location=" + dir.file("picture.jpg"));
  CHECK(codeOf("file", dir.file("picture.jpg")) == "corrupt");
}

TEST_CASE("paths that are no capture device") {
  const TempDir dir;
  CHECK(codeOf("v4l2", "/dev/video-none") == "no-device");
  CHECK(codeOf("v4l2", "/dev/null") == "failed");
  std::ofstream(dir.file("file")) << "text";
  CHECK(codeOf("v4l2", dir.file("file")) == "failed");
  CHECK(codeOf("v4l2", dir.file("")) == "failed");
  REQUIRE(mkfifo(dir.file("pipe").c_str(), 0600) == 0);
  CHECK(codeOf("v4l2", dir.file("pipe")) == "failed");
}

TEST_CASE("a stepwise range has the common sizes on its steps, and its largest") {
  const auto sizes = sizesWithin({32, 1920, 8, 32, 1088, 8});
  CHECK(sizes.front() == FrameSize{1920, 1088});
  CHECK(std::ranges::find(sizes, FrameSize{1920, 1080}) != sizes.end());
  CHECK(std::ranges::find(sizes, FrameSize{640, 360}) != sizes.end());
  CHECK(std::ranges::find(sizes, FrameSize{320, 180}) == sizes.end());  // 180 - 32 is no multiple of 8
  CHECK(std::ranges::find(sizes, FrameSize{3840, 2160}) == sizes.end());
  CHECK(sizesWithin({100, 100, 0, 100, 100, 0}).size() == 1);
}

TEST_CASE("a range of intervals has the common rates, and its highest; rates are sorted, each once") {
  const auto rates = ratesWithin({{1, 75}, {1, 10}, {1, 1}});
  CHECK(rates.front().num == 75);
  CHECK(has(rates, 60, 1));
  CHECK(rates.back().num == 10);
  std::vector<Fraction> mixed = {{15, 1}, {30000, 1001}, {30, 1}, {60, 2}};
  sortRates(mixed);
  REQUIRE(mixed.size() == 3);
  CHECK(mixed[0].num / mixed[0].den == 30);
  CHECK(mixed[1].num == 30000);
  CHECK(mixed[2].num == 15);
}

TEST_CASE("every device that is listed can be asked, and in the order of the nodes") {
  for (const CaptureDevice& device : listCaptureDevices()) {
    CAPTURE(device.path);
    if (!device.reason.empty()) continue;
    CHECK_FALSE(device.driver.empty());
    CHECK_FALSE(device.busInfo.empty());
    CHECK_FALSE(probeFormats("v4l2", device.path).empty());
  }
}
