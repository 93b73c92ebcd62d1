#include "core/questions.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "core/error.h"
#include "core/protocol.h"
#include "core/runtime.h"

namespace teecam {

Questions::Questions(Send send, std::chrono::milliseconds patience)
    : patience_(patience), open_(std::make_shared<Open>(Open{std::move(send), {}})) {}

void Questions::ask(std::int64_t id, const std::optional<std::string>& device,
                    std::function<std::string()> work) {
  if (device) {
    const auto now = std::chrono::steady_clock::now();
    const bool hangs = std::ranges::any_of(open_->questions, [&](const auto& one) {
      return one.second.device == *device && now - one.second.since >= patience_;
    });
    if (hangs) throw CoreError("wedged", *device + ": its driver still has not answered an earlier question");
  }
  std::thread([weak = std::weak_ptr<Open>(open_), id, work = std::move(work)] {
    std::string answer;
    try {
      answer = work();
    } catch (const CoreError& error) {
      answer = replyError(id, error.code(), error.what());
    } catch (const std::exception& error) {
      answer = replyError(id, "internal", error.what());
    }
    Runtime::get().post([weak, id, answer = std::move(answer)] {
      const auto open = weak.lock();
      if (open == nullptr) return;
      open->questions.erase(id);
      open->send(answer);
    });
  }).detach();
  // After the thread, since without one no answer would ever take it away; it comes by this thread, later.
  if (device) open_->questions[id] = {*device, std::chrono::steady_clock::now()};
}

}  // namespace teecam
