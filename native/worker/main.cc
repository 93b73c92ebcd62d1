// teecam-worker: one camera in a process of its own. Speaks the messages of src/camera/messages.ts as lines
// of JSON over descriptor 3; standard error is its log. With --try-encoder it tries one encoder instead, and
// ends. Not made to be started by hand.
#include <fcntl.h>
#include <glib-unix.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <future>
#include <memory>
#include <string>
#include <string_view>

#include "core/camera_core.h"
#include "core/runtime.h"
#include "worker/pipe_channel.h"
#include "worker/trial.h"

namespace {

using teecam::CameraCore;
using teecam::CoreEnding;
using teecam::PipeChannel;
using teecam::Runtime;

constexpr int kChannel = 3;
constexpr int kLastWordsMs = 500;

// sysexits.h, as the appliance itself
constexpr int kExitUsage = 2;
constexpr int kExitInternal = 70;
constexpr int kExitWedged = 71;  // the driver does not let go: EX_OSERR

/// Lines with syslog's level in front, as systemd and the appliance read them.
GLogWriterOutput writeLog(GLogLevelFlags level, const GLogField* fields, gsize count, gpointer) {
  int syslogLevel = 6;
  if ((level & (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL)) != 0)
    syslogLevel = 3;
  else if ((level & G_LOG_LEVEL_WARNING) != 0)
    syslogLevel = 4;
  else if ((level & G_LOG_LEVEL_DEBUG) != 0)
    return G_LOG_WRITER_HANDLED;
  for (gsize index = 0; index < count; index++) {
    if (std::string(fields[index].key) != "MESSAGE") continue;
    std::fprintf(stderr, "<%d>%s\n", syslogLevel, static_cast<const char*>(fields[index].value));
  }
  return G_LOG_WRITER_HANDLED;
}

int exitCode(CoreEnding ending) {
  switch (ending) {
    case CoreEnding::kStopped:
      return 0;
    case CoreEnding::kFailed:
      return kExitInternal;
    case CoreEnding::kWedged:
      return kExitWedged;
  }
  return kExitInternal;
}

/// The core and its channel, joined on the control thread.
class Worker {
 public:
  std::future<int> begin() {
    Runtime::get().run([this] {
      channel_ = std::make_unique<PipeChannel>(
          kChannel, Runtime::get().context(),
          PipeChannel::Events{[this](std::string line) { core_->receive(std::move(line)); },
                              [this] { core_->stop(); }});
      core_ = CameraCore::create(
          {[this](std::string line, bool droppable) { channel_->send(std::move(line), droppable); },
           [this](CoreEnding ending) {
             channel_->drain(kLastWordsMs);
             code_.set_value(exitCode(ending));
           }});
      GSource* terminate = g_unix_signal_source_new(SIGTERM);
      const GSourceFunc stop = [](gpointer core) -> gboolean {
        static_cast<CameraCore*>(core)->stop();
        return G_SOURCE_CONTINUE;
      };
      g_source_set_callback(terminate, stop, core_.get(), nullptr);
      g_source_attach(terminate, Runtime::get().context());
      g_source_unref(terminate);
    });
    return code_.get_future();
  }

 private:
  std::unique_ptr<PipeChannel> channel_;
  std::shared_ptr<CameraCore> core_;
  std::promise<int> code_;
};

}  // namespace

int main(int count, char** arguments) {
  if (fcntl(kChannel, F_GETFD) < 0) {
    std::fputs("teecam-worker is started by teecam: descriptor 3 must be its channel\n", stderr);
    return kExitUsage;
  }
  // The parent's death arrives as SIGTERM and, should the signal be missed, as the end of the channel.
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  std::signal(SIGPIPE, SIG_IGN);
  // A terminal's Ctrl-C reaches the whole group; the appliance then asks its workers to stop, in its order.
  std::signal(SIGINT, SIG_IGN);
  std::signal(SIGHUP, SIG_IGN);
  g_log_set_writer_func(writeLog, nullptr, nullptr);
  if (count > 1 && std::string_view(arguments[1]) == "--try-encoder") {
    prctl(PR_SET_PDEATHSIG, SIGKILL);  // nothing of it is to be saved
    _exit(teecam::runTrial(kChannel));
  }

  auto* worker = new Worker;  // threads of a wedged driver may outlive main()
  const int code = worker->begin().get();
  // a driver's thread may hang in an exit handler, and there is nothing left to save
  _exit(code);
}
