// Thread: the control thread.
// Owns: the descriptor, what has been read of a line, what has not been written yet.
// Ends: onEnd is called once when the other side is gone; the destructor closes the descriptor.
#pragma once

#include <glib.h>

#include <deque>
#include <functional>
#include <string>

namespace teecam {

/// Lines over a socket whose other end may stop reading: nothing here ever blocks.
class PipeChannel {
 public:
  struct Events {
    std::function<void(std::string line)> onLine;
    /// The other end has closed, or has not read for so long that it must be taken for dead.
    std::function<void()> onEnd;
  };

  PipeChannel(int descriptor, GMainContext* context, Events events);
  ~PipeChannel();
  PipeChannel(const PipeChannel&) = delete;
  PipeChannel& operator=(const PipeChannel&) = delete;

  /// Droppable lines are left out when too much is waiting.
  void send(std::string line, bool droppable);
  /// Writes what is waiting, for so long at most. For the last words.
  void drain(int timeoutMs);

 private:
  void watch(GIOCondition condition);
  void onReadable();
  bool write();
  void end();

  const int descriptor_;
  GMainContext* const context_;
  const Events events_;
  GSource* source_ = nullptr;
  GIOCondition watched_ = GIOCondition(0);
  std::string input_;
  std::deque<std::string> output_;
  std::size_t written_ = 0;  // bytes of the first line in output_
  std::size_t backlog_ = 0;  // bytes in output_
  bool ended_ = false;
};

}  // namespace teecam
