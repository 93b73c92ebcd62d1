#include "boundary/ring_values.h"

#include <cstring>
#include <string>

namespace teecam::boundary {

namespace {

// Four characters, those that only fill left out: "NV12", "R8".
std::string fourccText(std::uint32_t fourcc) {
  std::string text;
  for (int shift = 0; shift < 32; shift += 8) text += static_cast<char>(fourcc >> shift & 0x7f);
  text.erase(text.find_last_not_of(std::string(" \0", 2)) + 1);
  return text;
}

// A name that fills its field has no NUL.
std::string nameText(const char (&field)[32]) {
  return {field, strnlen(field, sizeof field)};
}

const char* stateName(std::uint32_t state) {
  switch (state) {
    case TEECAM_RING_LIVE:
      return "live";
    case TEECAM_RING_SLATE:
      return "slate";
    case TEECAM_RING_ENDED:
      return "ended";
    case TEECAM_RING_REPLACED:
      return "replaced";
    default:
      return "idle";
  }
}

template <typename Integer>
double number(Integer value) {
  return static_cast<double>(value);
}

Napi::Object frameInfo(Napi::Env env, const teecam_frame_descriptor& d) {
  const auto flag = [&](std::uint32_t bit) { return Napi::Boolean::New(env, (d.flags & bit) != 0); };
  auto frame = Napi::Object::New(env);
  frame.Set("sequence", number(d.sequence));
  frame.Set("key", flag(TEECAM_FRAME_KEY));
  frame.Set("discontinuity", flag(TEECAM_FRAME_DISCONTINUITY));
  frame.Set("slate", flag(TEECAM_FRAME_SLATE));
  frame.Set("corrupt", flag(TEECAM_FRAME_CORRUPT));
  frame.Set("captureNs", number(d.capture_ns));
  frame.Set("captureRealtimeNs", number(d.capture_realtime_ns));
  frame.Set("durationNs", number(d.duration_ns));
  frame.Set("dtsDeltaNs", number(d.dts_delta_ns));
  frame.Set("publishedNs", number(d.published_ns));
  frame.Set("keySequence", number(d.key_sequence));
  frame.Set("size", number(d.size));
  frame.Set("generation", d.generation);
  frame.Set("fourcc", fourccText(d.fourcc));
  frame.Set("width", d.width);
  frame.Set("height", d.height);
  auto planes = Napi::Array::New(env, d.plane_count);
  for (std::uint32_t i = 0; i < d.plane_count; i++) {
    auto plane = Napi::Object::New(env);
    plane.Set("offset", number(d.plane_offset[i]));
    plane.Set("stride", d.plane_stride[i]);
    planes.Set(i, plane);
  }
  frame.Set("planes", planes);
  return frame;
}

}  // namespace

Napi::Object ringInfo(Napi::Env env, const RingStatus& status) {
  const teecam_ring_header& header = status.header;
  auto framerate = Napi::Array::New(env, 2);
  framerate.Set(0u, header.framerate_num);
  framerate.Set(1u, header.framerate_den);
  auto info = Napi::Object::New(env);
  info.Set("state", stateName(header.state));
  info.Set("reason", header.reason);
  info.Set("generation", header.generation);
  info.Set("fourcc", fourccText(header.fourcc));
  info.Set("width", header.width);
  info.Set("height", header.height);
  info.Set("framerate", framerate);
  info.Set("caps", header.caps);
  info.Set("newest", number(status.newest));
  info.Set("fresh", status.fresh);
  info.Set("instance", nameText(header.instance));
  info.Set("camera", nameText(header.camera));
  info.Set("stream", nameText(header.stream));
  return info;
}

Napi::Object readResult(Napi::Env env, const RingCopy& copy) {
  auto result = Napi::Object::New(env);
  switch (copy.result) {
    case RingRead::frame:
      result.Set("kind", "frame");
      result.Set("frame", frameInfo(env, copy.info));
      result.Set("missed", number(copy.missed));
      break;
    case RingRead::none:
      result.Set("kind", "none");
      break;
    case RingRead::tooSmall:
      result.Set("kind", "buffer-too-small");
      result.Set("needed", number(copy.info.size));
      break;
    case RingRead::closed:
      result.Set("kind", "closed");
      break;
  }
  return result;
}

}  // namespace teecam::boundary
