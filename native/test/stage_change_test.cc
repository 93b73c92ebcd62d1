#include <doctest/doctest.h>

#include <algorithm>
#include <optional>
#include <set>

#include "core/ring_reader.h"
#include "core_fixture.h"
#include "gst_fixture.h"

using namespace teecam;
using namespace teecam::test;
using teecam::test::eventually;

namespace {

const Json kNothing = {{"set", Json::array()},
                       {"remove", {{"nodes", Json::array()}, {"streams", Json::array()}}},
                       {"add",
                        {{"nodes", Json::array()},
                         {"links", Json::array()},
                         {"branches", Json::array()},
                         {"drafts", Json::array()}}},
                       {"adjust", Json::array()}};

/// A camera that runs, with the branches of a StageFixture.
struct Running {
  explicit Running(const Json& plan) {
    REQUIRE(core.send({{"type", "start"}, {"plan", plan}})["ok"] == true);
    REQUIRE(core.send({{"type", "switch-source"}, {"source", testSource()}})["ok"] == true);
    core.waitForState("live");
  }
  Json change(const Json& change) { return core.send({{"type", "change"}, {"change", change}}); }
  CoreFixture core;
};

/// A JPEG branch of 160x90 that can be hung on the tee of a StageFixture, with its ring.
struct Extra {
  explicit Extra(const std::string& stream = "extra")
      : stream_(stream), ring_(RingFile::make(name_.path(), name_.options(encodedGeometry(1 << 20, 64)))) {}

  const std::string& path() const { return name_.path(); }
  std::string id(const std::string& what) const { return stream_ + "." + what; }
  Json branch(bool always = true) const {
    return {{"stream", stream_},  {"valves", {id("valve")}}, {"encoder", id("encode")},
            {"sink", id("ring")}, {"ring", path()},          {"always", always},
            {"lingerMs", 0},      {"gopFrames", nullptr}};
  }
  Json addition(int quality = 80) const {
    const std::vector<std::string> ids = {"tee",      id("valve"),  id("queue"), id("scale"),
                                          id("size"), id("encode"), id("ring")};
    Json change = kNothing;
    change["add"]["nodes"] = {node(id("valve"), "valve"),
                              node(id("queue"), "queue", {{"leaky", "downstream"}, {"max-size-buffers", 2}}),
                              node(id("scale"), "videoscale"),
                              node(id("size"), "capsfilter", {{"caps", "video/x-raw,width=160,height=90"}}),
                              node(id("encode"), "jpegenc", {{"quality", quality}}),
                              node(id("ring"), "teecamringsink")};
    change["add"]["links"] = chain(ids);
    change["add"]["branches"] = {branch()};
    return change;
  }
  Json removal() const {
    Json change = kNothing;
    change["remove"] = {
        {"streams", {stream_}},
        {"nodes", {id("valve"), id("queue"), id("scale"), id("size"), id("encode"), id("ring")}}};
    return change;
  }

 private:
  const std::string stream_;
  RingName name_;
  std::unique_ptr<RingFile> ring_;
};

}  // namespace

TEST_CASE("a branch comes to a stage that runs, and goes again") {
  StageFixture stage;
  Running camera(stage.plan(true));
  Extra extra;
  REQUIRE(camera.change(extra.addition())["ok"] == true);
  auto reader = RingReader::open(extra.path());
  REQUIRE(eventually([&] { return reader->take(RingMode::next).has_value(); }));
  CHECK(reader->status().header.width == 160);
  REQUIRE(camera.change(extra.removal())["ok"] == true);
  CHECK(!camera.core.nextStats()["streams"].contains("extra"));
}
