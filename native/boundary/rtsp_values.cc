#include "boundary/rtsp_values.h"

#include "boundary/arguments.h"

namespace teecam::boundary {

namespace {

template <typename Number>
double number(Number value) {
  return static_cast<double>(value);
}

std::string text(const Napi::Object& object, const char* key) {
  return stringArgument(object.Get(key), key);
}

std::uint16_t port(const Napi::Value& value, const char* name) {
  return static_cast<std::uint16_t>(integerArgument(value, name, 65535));
}

PortRange ports(const Napi::Object& object, const char* key) {
  const auto pair = objectArgument(object.Get(key), key);
  return {port(pair.Get(0u), key), port(pair.Get(1u), key)};
}

}  // namespace

Napi::Value toJs(Napi::Env env, const RtspError& error) {
  Napi::Object value = Napi::Error::New(env, error.message).Value();
  value.Set("code", error.code);
  return value;
}

Napi::Object toJs(Napi::Env env, const RtspEvent& event) {
  auto value = Napi::Object::New(env);
  if (event.kind != RtspEvent::Kind::refused) value.Set("client", event.client);
  switch (event.kind) {
    case RtspEvent::Kind::connected:
      value.Set("event", "connected");
      value.Set("address", event.address);
      break;
    case RtspEvent::Kind::refused:
      value.Set("event", "refused");
      value.Set("address", event.address);
      value.Set("reason", event.reason);
      break;
    case RtspEvent::Kind::full:
      value.Set("event", "full");
      value.Set("address", event.address);
      value.Set("path", event.path);
      value.Set("place", event.place);
      break;
    case RtspEvent::Kind::playing:
      value.Set("event", "playing");
      value.Set("address", event.address);
      value.Set("path", event.path);
      value.Set("transport", event.transport);
      break;
    case RtspEvent::Kind::stopped:
      value.Set("event", "stopped");
      value.Set("path", event.path);
      value.Set("reason", event.reason);
      value.Set("played", listOf(env, event.played));
      break;
    case RtspEvent::Kind::disconnected:
      value.Set("event", "disconnected");
      value.Set("reason", event.reason);
      value.Set("played", listOf(env, event.played));
      break;
  }
  return value;
}

Napi::Object toJs(Napi::Env env, const RtspMountStats& stats) {
  auto value = Napi::Object::New(env);
  value.Set("path", stats.path);
  value.Set("playing", stats.playing);
  value.Set("frames", number(stats.frames));
  value.Set("dropped", number(stats.dropped));
  value.Set("ageNs", number(stats.ageNs));
  return value;
}

Napi::Object toJs(Napi::Env env, const RtspClientStats& stats) {
  auto value = Napi::Object::New(env);
  value.Set("client", stats.client);
  value.Set("path", stats.path);
  value.Set("bytes", number(stats.bytes));
  value.Set("frames", number(stats.frames));
  value.Set("dropped", number(stats.dropped));
  value.Set("ageNs", number(stats.ageNs));
  value.Set("waitingBytes", number(stats.waiting));
  value.Set("blockedForNs", number(stats.blockedForNs));
  value.Set("blockedNs", number(stats.blockedNs));
  return value;
}

RtspOptions rtspOptionsFrom(const Napi::Object& object) {
  RtspOptions options;
  options.host = text(object, "host");
  options.port = port(object.Get("port"), "port");
  options.udpPorts = ports(object, "udpPorts");
  if (const Napi::Value value = object.Get("multicast"); value.IsObject()) {
    const auto group = value.As<Napi::Object>();
    const auto ttl = static_cast<std::uint8_t>(integerArgument(group.Get("ttl"), "ttl", 255));
    options.multicast = RtspMulticast{text(group, "first"), text(group, "last"), ports(group, "ports"), ttl};
  }
  if (const Napi::Value value = object.Get("users"); value.IsObject()) {
    const auto users = value.As<Napi::Object>();
    options.users.emplace();
    const auto names = users.GetPropertyNames();
    for (std::uint32_t i = 0; i < names.Length(); i++) {
      const auto name = stringArgument(names.Get(i), "users");
      options.users->emplace(name, text(users, name.c_str()));
    }
  }
  return options;
}

RtspMountOptions rtspMountFrom(const Napi::Object& object) {
  RtspMountOptions mount;
  mount.path = text(object, "path");
  mount.ring = text(object, "ring");
  const std::string codec = text(object, "codec");
  mount.codec = codec == "jpeg" ? RtspCodec::jpeg : codec == "h265" ? RtspCodec::h265 : RtspCodec::h264;
  mount.backlog = static_cast<unsigned>(integerArgument(object.Get("backlog"), "backlog", 1000));
  if (object.Has("place")) mount.place = text(object, "place");
  return mount;
}

RtspRoom rtspRoomFrom(const Napi::Object& object) {
  RtspRoom room;
  const auto places = object.GetPropertyNames();
  for (std::uint32_t i = 0; i < places.Length(); i++) {
    const auto place = stringArgument(places.Get(i), "place");
    room.emplace(place, static_cast<unsigned>(integerArgument(object.Get(place), "room", 1'000'000)));
  }
  return room;
}

}  // namespace teecam::boundary
