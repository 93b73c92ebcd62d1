#include "core/protocol.h"

#include <doctest/doctest.h>

#include <string>

#include "core_fixture.h"

using namespace teecam;
using teecam::test::Json;

namespace {

/// What parsing says, with the id in front when there is one.
std::string complaint(const std::string& text) {
  try {
    parseCommand(text);
    return "";
  } catch (const BadMessage& error) {
    return (error.id() ? std::to_string(*error.id()) + " " : "") + error.what();
  }
}

}  // namespace

TEST_CASE("messages that are no commands are explained") {
  CHECK(complaint("nonsense") == "not JSON: nonsense");
  CHECK(complaint("[]") == "the message: expected an object, found []");
  CHECK(complaint(R"({"type":"stop"})") == "id: is missing");
  CHECK(complaint(R"({"id":1.5,"type":"stop"})").find("id: expected an integer") == 0);
  CHECK(complaint(R"({"id":18446744073709551615,"type":"stop"})").find("id: expected an integer") == 0);
  CHECK(complaint(R"({"id":7,"type":"fly"})") == "7 type: expected a command, found \"fly\"");
  CHECK(complaint(R"({"id":7,"type":"key-frame"})") == "7 stream: is missing");
  CHECK(complaint(R"({"id":7,"type":"probe","kind":"http","path":"x"})") ==
        "7 kind: expected \"v4l2\" or \"file\", found \"http\"");
  CHECK(complaint(R"({"id":7,"type":"stop"})") == "");
}

TEST_CASE("a plan is checked down to its leaves") {
  const teecam::test::StageFixture stage;
  const auto complaintWith = [&](const char* pointer, const Json& value) {
    Json plan = stage.plan();
    plan[Json::json_pointer(pointer)] = value;
    return complaint(Json{{"id", 1}, {"type", "start"}, {"plan", plan}}.dump());
  };
  CHECK(complaintWith("/gate/width", 320) == "");
  CHECK(complaintWith("/gate/width", "wide") ==
        "1 plan.gate.width: expected an integer from 1 to 16384, found \"wide\"");
  CHECK(complaintWith("/gate/slateFramerate", {0, 1}).find("1 plan.gate.slateFramerate[0]: expected") == 0);
  CHECK(complaintWith("/branches/1/valves", Json::array()).find("1 plan.branches[1].valves: expected") == 0);
  CHECK(complaintWith("/branches/0/lingerMs", -1).find("1 plan.branches[0].lingerMs: expected") == 0);
  CHECK(complaintWith("/graph/nodes/0/properties/caps", Json::object()).find("1 plan.graph.nodes[0]") == 0);
}

TEST_CASE("words that are not UTF-8 do not break a message") {
  CHECK(Json::parse(stateEvent("slate", "failed", "bad \xff byte"))["state"] == "slate");
  CHECK(Json::parse(stateEvent("live", "", ""))["reason"].is_null());
  CHECK(Json::parse(stoppedEvent()) == Json::object({{"event", "stopped"}}));
}
