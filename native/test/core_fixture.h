// Thread: the test's.
// Owns: a camera core and the rings it writes.
// Ends: the destructor stops the core and waits for its last message.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/camera_core.h"
#include "ring_fixture.h"

namespace teecam::test {

using Json = nlohmann::json;
using namespace std::chrono_literals;

inline Json node(const std::string& id, const std::string& element, Json properties = Json::object()) {
  return {{"id", id}, {"element", element}, {"properties", std::move(properties)}};
}

/// Links each to the next.
inline Json chain(const std::vector<std::string>& ids) {
  Json links = Json::array();
  for (std::size_t i = 1; i < ids.size(); i++) links.push_back({{"from", ids[i - 1]}, {"to", ids[i]}});
  return links;
}

inline Json append(Json list, const Json& more) {
  for (const auto& item : more) list.push_back(item);
  return list;
}

/// A stage of 320x180 with an H.264 and an NV12 branch, as the planner makes them.
class StageFixture {
 public:
  StageFixture()
      : high_(RingFile::make(highName_.path(), highName_.options(encodedGeometry(1 << 20, 64)))),
        analysis_(RingFile::make(analysisName_.path(), analysisName_.options(rawGeometry(8, 90112)))) {}

  const std::string& high() const { return highName_.path(); }
  const std::string& analysis() const { return analysisName_.path(); }

  Json plan(bool always = false, unsigned lingerMs = 200, const Json& sleepAfterMs = nullptr) const {
    Json nodes = {
        node("in", "appsrc", {{"max-buffers", 1}}),
        node("rate", "teecamrate", {{"max-framerate", "30/1"}}),
        node("convert", "videoconvert"),
        node("i420", "capsfilter", {{"caps", "video/x-raw,format=I420,width=320,height=180"}}),
        node("tee", "tee"),
        node("high-valve", "valve"),
        node("high-queue", "queue", {{"leaky", "downstream"}, {"max-size-buffers", 2}}),
        node("high-encoder", "x264enc",
             {{"tune", "zerolatency"}, {"speed-preset", "ultrafast"}, {"threads", 1}, {"key-int-max", 300}}),
        node("high-parse", "h264parse", {{"config-interval", -1}}),
        node("high-format", "capsfilter", {{"caps", "video/x-h264,stream-format=byte-stream,alignment=au"}}),
        node("high-ring", "teecamringsink"),
        node("raw-valve", "valve"),
        node("raw-queue", "queue", {{"leaky", "downstream"}, {"max-size-buffers", 2}}),
        node("raw-convert", "videoconvert"),
        node("raw-format", "capsfilter", {{"caps", "video/x-raw,format=NV12"}}),
        node("raw-ring", "teecamringsink"),
    };
    Json links = chain({"in", "rate", "convert", "i420", "tee"});
    links = append(links, chain({"tee", "high-valve", "high-queue", "high-encoder", "high-parse",
                                 "high-format", "high-ring"}));
    links = append(links, chain({"tee", "raw-valve", "raw-queue", "raw-convert", "raw-format", "raw-ring"}));
    return {{"camera", "front"},
            {"graph", {{"nodes", nodes}, {"links", links}}},
            {"inlet", "in"},
            {"sleepAfterMs", sleepAfterMs},
            {"gate",
             {{"width", 320},
              {"height", 180},
              {"framerate", {30, 1}},
              {"stallMs", 300},
              {"slateFramerate", {5, 1}},
              {"slateFile", nullptr},
              {"media", "raw"},
              {"slateEncoder", Json::array()}}},
            {"branches",
             {branch("high", {"high-valve"}, "high-encoder", "high-ring", high(), always, lingerMs),
              branch("analysis", {"raw-valve"}, nullptr, "raw-ring", analysis(), always, lingerMs)}}};
  }

 private:
  static Json branch(const std::string& stream, const std::vector<std::string>& valves, const Json& encoder,
                     const std::string& sink, const std::string& ring, bool always, unsigned lingerMs) {
    return {{"stream", stream},     {"valves", valves},
            {"encoder", encoder},   {"sink", sink},
            {"ring", ring},         {"always", always},
            {"lingerMs", lingerMs}, {"gopFrames", encoder.is_null() ? Json() : Json(300)},
            {"keyFrameBy", nullptr}};
  }

  RingName highName_, analysisName_;
  std::unique_ptr<RingFile> high_, analysis_;
};

/// A camera that cannot fail, or one that ends after so many frames.
inline Json testSource(std::optional<int> frames = std::nullopt) {
  Json properties = {{"is-live", true}};
  if (frames) properties["num-buffers"] = *frames;
  return {{"graph",
           {{"nodes",
             {node("camera", "videotestsrc", properties),
              node("format", "capsfilter",
                   {{"caps", "video/x-raw,format=YUY2,width=320,height=180,framerate=30/1"}}),
              node("out", "appsink")}},
            {"links", chain({"camera", "format", "out"})}}},
          {"media", "raw"},
          {"outlet", "out"},
          {"playlist", nullptr},
          {"foreignClock", false},
          {"certificate", nullptr}};
}

class CoreFixture {
 public:
  CoreFixture()
      : core_(CameraCore::create({[this](const std::string& line, bool) { keep(line); },
                                  [this](CoreEnding ending) { keepEnding(ending); }})) {}
  ~CoreFixture() {
    core_->stop();
    std::unique_lock guard(lock_);
    changed_.wait_for(guard, 10s, [&] { return ending_.has_value(); });
  }
  CoreFixture(const CoreFixture&) = delete;
  CoreFixture& operator=(const CoreFixture&) = delete;

  void sendText(const std::string& text) { core_->receive(text); }

  /// Its reply.
  Json send(Json command) {
    const int id = ++lastId_;
    command["id"] = id;
    core_->receive(command.dump());
    return waitFor([id](const Json& message) { return message.value("reply", -1) == id; });
  }

  /// The first message since the last waitFor() of this kind that fits. Throws after 10 s.
  Json waitFor(const std::function<bool(const Json&)>& fits) {
    std::unique_lock guard(lock_);
    std::size_t seen = 0;
    Json found;
    const bool came = changed_.wait_for(guard, 10s, [&] {
      for (; seen < messages_.size(); seen++) {
        if (fits(messages_[seen])) return true;
      }
      return false;
    });
    if (!came) throw std::runtime_error("the message did not come; there are " + Json(messages_).dump());
    found = messages_[seen];
    messages_.erase(messages_.begin() + static_cast<std::ptrdiff_t>(seen));
    return found;
  }
  Json waitForEvent(const std::string& event) {
    return waitFor([&](const Json& message) { return message.value("event", "") == event; });
  }
  Json waitForState(const std::string& state) {
    return waitFor([&](const Json& message) {
      return message.value("event", "") == "state" && message["state"] == state;
    });
  }
  Json nextStats() {
    {
      std::lock_guard guard(lock_);
      std::erase_if(messages_, [](const Json& message) { return message.value("event", "") == "stats"; });
    }
    return waitForEvent("stats");
  }

  CoreEnding waitForEnding() {
    std::unique_lock guard(lock_);
    if (!changed_.wait_for(guard, 10s, [&] { return ending_.has_value(); }))
      throw std::runtime_error("no end");
    return *ending_;
  }
  std::vector<Json> messages() {
    std::lock_guard guard(lock_);
    return messages_;
  }

 private:
  void keep(const std::string& line) {
    std::lock_guard guard(lock_);
    messages_.push_back(Json::parse(line));
    changed_.notify_all();
  }
  void keepEnding(CoreEnding ending) {
    std::lock_guard guard(lock_);
    ending_ = ending;
    changed_.notify_all();
  }

  std::mutex lock_;
  std::condition_variable changed_;
  std::vector<Json> messages_;
  std::optional<CoreEnding> ending_;
  int lastId_ = 0;
  std::shared_ptr<CameraCore> core_;
};

}  // namespace teecam::test
