#include "core/questions.h"

#include <doctest/doctest.h>

#include <future>

#include "core/error.h"
#include "core/runtime.h"

using namespace teecam;
using namespace std::chrono_literals;

namespace {

/// Questions on the control thread, and a driver that answers when it is let.
struct Asked {
  std::promise<std::string> first;
  std::shared_future<void> let;
  std::unique_ptr<Questions> questions;

  explicit Asked(std::chrono::milliseconds patience, std::shared_future<void> driver)
      : let(std::move(driver)) {
    Runtime::get().run([&] {
      const auto send = [this](const std::string& reply) { first.set_value(reply); };
      questions = std::make_unique<Questions>(send, patience);
    });
  }
  ~Asked() {
    Runtime::get().run([&] { questions.reset(); });
  }

  /// The code of its refusal, or nothing.
  std::string ask(std::int64_t id, const std::optional<std::string>& device) {
    std::string code;
    Runtime::get().run([&] {
      try {
        questions->ask(id, device, [driver = let] {
          driver.wait();
          return std::string("answer");
        });
      } catch (const CoreError& error) {
        code = error.code();
      }
    });
    return code;
  }
};

}  // namespace

TEST_CASE("a driver that hangs over a question is asked nothing more, until it answers") {
  std::promise<void> driver;
  Asked asked(0ms, driver.get_future().share());
  CHECK(asked.ask(1, "/dev/video0") == "");
  CHECK(asked.ask(2, "/dev/video0") == "wedged");
  driver.set_value();
  CHECK(asked.first.get_future().get() == "answer");
  asked.first = {};
  CHECK(asked.ask(3, "/dev/video0") == "");
  CHECK(asked.first.get_future().get() == "answer");
}

TEST_CASE("a driver may take its time, and stands in nobody else's way") {
  std::promise<void> driver;
  const auto let = driver.get_future().share();
  Asked patient(1h, let);
  CHECK(patient.ask(1, "/dev/video0") == "");
  Asked hasty(0ms, let);
  CHECK(hasty.ask(1, std::nullopt) == "");
  CHECK(hasty.ask(2, "/dev/video0") == "");
  CHECK(hasty.ask(3, "/dev/video1") == "");
  Runtime::get().run([&] { hasty.questions.reset(); });
  driver.set_value();
  CHECK(patient.first.get_future().get() == "answer");
}
