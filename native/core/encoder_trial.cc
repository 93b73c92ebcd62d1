#include "core/encoder_trial.h"

#include <gst/gst.h>

#include <algorithm>
#include <ctime>
#include <mutex>

#include "core/error.h"
#include "core/gst_ptr.h"
#include "core/key_frames.h"
#include "core/pipeline.h"
#include "core/source_fault.h"

namespace teecam {

namespace {

constexpr guint8 kSlice = 1;
constexpr guint8 kSliceOfIdr = 5;
constexpr guint8 kSequenceParameters = 7;
constexpr guint8 kPictureParameters = 8;

double processCpuMs() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6;
}

/// How many NAL units of each type a frame with start codes has.
std::vector<unsigned> countUnits(const guint8* data, gsize size) {
  std::vector<unsigned> units(32, 0);
  for (gsize at = 0; at + 3 < size; at++) {
    if (data[at] == 0 && data[at + 1] == 0 && data[at + 2] == 1) units[data[at + 3] & 0x1f]++;
  }
  return units;
}

/// Looks at what comes to the trial's sink.
class Witness {
 public:
  explicit Witness(GstElement* sink) : pad_(gst_element_get_static_pad(sink, "sink")) {
    if (pad_ == nullptr) throw CoreError("bad-plan", "the trial ends in no sink");
    gst_pad_add_probe(pad_.get(), GST_PAD_PROBE_TYPE_BUFFER, onFrame, this, nullptr);
  }
  EncoderFacts facts() {
    const std::lock_guard guard(lock_);
    EncoderFacts facts = facts_;
    facts.parameterSets = facts_.frames > 0 && !lacksParameterSets_;
    if (facts.frames > 1) facts.cpuMsPerFrame = (lastMs_ - firstMs_) / (facts.frames - 1);
    return facts;
  }

 private:
  static GstPadProbeReturn onFrame(GstPad*, GstPadProbeInfo* info, gpointer self) {
    static_cast<Witness*>(self)->see(GST_PAD_PROBE_INFO_BUFFER(info));
    return GST_PAD_PROBE_OK;
  }

  void see(GstBuffer* frame) {
    GstMapInfo map;
    if (!gst_buffer_map(frame, &map, GST_MAP_READ)) return;
    const auto units = countUnits(map.data, map.size);
    gst_buffer_unmap(frame, &map);
    const std::lock_guard guard(lock_);
    lastMs_ = processCpuMs();
    if (facts_.frames == 0) firstMs_ = lastMs_;
    if (!GST_BUFFER_FLAG_IS_SET(frame, GST_BUFFER_FLAG_DELTA_UNIT)) {
      facts_.keyFrames.push_back(facts_.frames);
      lacksParameterSets_ |= units[kSequenceParameters] == 0 || units[kPictureParameters] == 0;
    }
    facts_.slices = std::max(facts_.slices, units[kSlice] + units[kSliceOfIdr]);
    facts_.frames++;
  }

  const ObjectPtr<GstPad> pad_;
  std::mutex lock_;  // guards all that follows
  EncoderFacts facts_;
  bool lacksParameterSets_ = false;
  double firstMs_ = 0;
  double lastMs_ = 0;
};

/// Its elements have stopped when it is gone.
class Run {
 public:
  explicit Run(GstElement* pipeline) : pipeline_(pipeline) {
    gst_element_set_state(pipeline_, GST_STATE_PLAYING);  // a failure is on the bus
  }
  ~Run() { gst_element_set_state(pipeline_, GST_STATE_NULL); }
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  void untilEnd() const {
    const ObjectPtr<GstBus> bus(gst_element_get_bus(pipeline_));
    constexpr auto wanted = static_cast<GstMessageType>(GST_MESSAGE_ERROR | GST_MESSAGE_EOS);
    const MessagePtr message(gst_bus_timed_pop_filtered(bus.get(), GST_CLOCK_TIME_NONE, wanted));
    if (GST_MESSAGE_TYPE(message.get()) == GST_MESSAGE_ERROR)
      throw CoreError("failed", classifyFault(message.get(), false).detail);
  }

 private:
  GstElement* const pipeline_;
};

}  // namespace

EncoderFacts tryEncoder(const EncoderTrial& trial) {
  const Pipeline pipeline("trial", trial.graph);
  const KeyFrames keyFrames(pipeline.element(trial.encoder), trial.keyFrameEvery, trial.keyFrameBy);
  Witness witness(pipeline.element(trial.sink));
  {
    const Run run(pipeline.get());
    run.untilEnd();
  }
  return witness.facts();
}

}  // namespace teecam
