#include "core/slate_frames.h"

#include <gst/app/gstappsink.h>
#include <gst/app/gstappsrc.h>

#include <string>
#include <utility>

#include "core/error.h"
#include "core/live_caps.h"
#include "core/pipeline.h"
#include "core/source_fault.h"

namespace teecam {

namespace {

constexpr GstClockTime kEncodingTime = 5 * GST_SECOND;
/// Pictures of H.264 that need no other must differ from the one before in a number (idr_pic_id). Encoders
/// see to it that two in a row do.
constexpr int kFrames = 2;

Graph encoderGraph(const std::vector<GraphNode>& encoder) {
  Graph graph;
  graph.nodes.push_back({"in", "appsrc", {{"format", "time"}, {"max-bytes", "0"}}});
  graph.nodes.insert(graph.nodes.end(), encoder.begin(), encoder.end());
  graph.nodes.push_back({"out", "appsink", {{"sync", "false"}}});
  for (std::size_t i = 1; i < graph.nodes.size(); i++)
    graph.links.push_back({graph.nodes[i - 1].id, graph.nodes[i].id});
  return graph;
}

std::vector<BufferPtr> encode(const SlatePicture& picture, const GatePlan& plan) {
  const Pipeline pipeline("slate", encoderGraph(plan.slateEncoder));
  auto* in = GST_APP_SRC(pipeline.element("in"));
  auto* out = GST_APP_SINK(pipeline.element("out"));
  const CapsPtr caps = slateCaps(plan.width, plan.height, plan.framerate, nullptr);
  gst_app_src_set_caps(in, caps.get());
  gst_element_set_state(pipeline.get(), GST_STATE_PLAYING);
  for (int i = 0; i < kFrames; i++) {
    BufferPtr buffer = picture.render(caps.get());
    GST_BUFFER_PTS(buffer.get()) = static_cast<GstClockTime>(i) * GST_SECOND;
    gst_app_src_push_buffer(in, buffer.release());
  }
  gst_app_src_end_of_stream(in);
  std::vector<BufferPtr> frames;
  while (const SamplePtr sample{gst_app_sink_try_pull_sample(out, kEncodingTime)}) {
    BufferPtr frame(gst_buffer_copy_deep(gst_sample_get_buffer(sample.get())));
    GST_BUFFER_DTS(frame.get()) = GST_CLOCK_TIME_NONE;
    GST_BUFFER_DURATION(frame.get()) = GST_CLOCK_TIME_NONE;
    GST_BUFFER_FLAGS(frame.get()) = 0;
    frames.push_back(std::move(frame));
  }
  if (!frames.empty()) return frames;
  const MessagePtr error = pipeline.popError();
  const std::string why = error != nullptr ? classifyFault(error.get(), false).detail : "nothing comes of it";
  throw CoreError("bad-plan", "the slate cannot be encoded: " + why);
}

}  // namespace

SlateFrames::SlateFrames(SlatePicture picture, const GatePlan& plan)
    : picture_(std::move(picture)), isRaw_(plan.slateEncoder.empty()) {
  if (!isRaw_) frames_ = encode(picture_, plan);
}

BufferPtr SlateFrames::next(const GstCaps* caps) {
  if (isRaw_ && (caps_ == nullptr || !gst_caps_is_equal(caps_.get(), caps))) {
    frames_.clear();
    frames_.push_back(picture_.render(caps));
    caps_.reset(gst_caps_copy(caps));
  }
  turn_ = (turn_ + 1) % frames_.size();
  return BufferPtr(gst_buffer_copy(frames_[turn_].get()));
}

}  // namespace teecam
