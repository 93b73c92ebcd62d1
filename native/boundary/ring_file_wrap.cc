#include "boundary/ring_file_wrap.h"

#include "boundary/arguments.h"

namespace teecam::boundary {

namespace {

constexpr std::uint64_t kMax32 = 0xffffffff;

RingFileOptions optionsFrom(const Napi::Object& given) {
  const Napi::Object geometry = objectArgument(given.Get("geometry"), "geometry");
  RingFileOptions options;
  options.geometry.frameCount =
      static_cast<std::uint32_t>(integerArgument(geometry.Get("frameCount"), "geometry.frameCount", kMax32));
  options.geometry.slotCount =
      static_cast<std::uint32_t>(integerArgument(geometry.Get("slotCount"), "geometry.slotCount", kMax32));
  options.geometry.slotSize = integerArgument(geometry.Get("slotSize"), "geometry.slotSize");
  options.geometry.arenaSize = integerArgument(geometry.Get("arenaSize"), "geometry.arenaSize");
  options.instance = stringArgument(given.Get("instance"), "instance");
  options.camera = stringArgument(given.Get("camera"), "camera");
  options.stream = stringArgument(given.Get("stream"), "stream");
  options.mode = static_cast<mode_t>(integerArgument(given.Get("mode"), "mode", 0777));
  const Napi::Value gid = given.Get("gid");
  if (!gid.IsNull()) options.gid = static_cast<gid_t>(integerArgument(gid, "gid", kMax32 - 1));
  return options;
}

const char* nameOf(RingFile::Origin origin) {
  switch (origin) {
    case RingFile::Origin::created:
      return "created";
    case RingFile::Origin::takenOver:
      return "taken-over";
    case RingFile::Origin::replaced:
      return "replaced";
  }
  return "";
}

}  // namespace

Napi::Function RingFileWrap::factory(Napi::Env env) {
  const auto constructor = std::make_shared<Napi::FunctionReference>(Napi::Persistent(DefineClass(
      env, "RingFile",
      {InstanceAccessor<&RingFileWrap::path>("path"), InstanceAccessor<&RingFileWrap::origin>("origin"),
       InstanceMethod<&RingFileWrap::republish>("republish"), InstanceMethod<&RingFileWrap::draft>("draft"),
       InstanceMethod<&RingFileWrap::publishDraft>("publishDraft"),
       InstanceMethod<&RingFileWrap::dropDraft>("dropDraft"),
       InstanceMethod<&RingFileWrap::readers>("readers"),
       InstanceMethod<&RingFileWrap::newestCaptureNs>("newestCaptureNs"),
       InstanceMethod<&RingFileWrap::close>("close")})));
  constructor->SuppressDestruct();  // it may outlive the environment's references
  return Napi::Function::New(
      env,
      [constructor](const Napi::CallbackInfo& info) -> Napi::Value {
        return constructor->New({info[0], info[1]});
      },
      "createRing");
}

RingFileWrap::RingFileWrap(const Napi::CallbackInfo& info) : ObjectWrap(info) {
  guarded(info.Env(), [&] {
    file_ = RingFile::make(stringArgument(info[0], "path"), optionsFrom(objectArgument(info[1], "options")));
    path_ = file_->path();
    origin_ = nameOf(file_->origin());
  });
}

RingFile& RingFileWrap::open() {
  if (!file_) throw RingError("closed", path_ + " was closed");
  return *file_;
}

Napi::Value RingFileWrap::path(const Napi::CallbackInfo& info) {
  return Napi::String::New(info.Env(), path_);
}
Napi::Value RingFileWrap::origin(const Napi::CallbackInfo& info) {
  return Napi::String::New(info.Env(), origin_);
}
Napi::Value RingFileWrap::republish(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] { return Napi::Boolean::New(info.Env(), open().republish()); });
}
void RingFileWrap::draft(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] { open().draft(optionsFrom(objectArgument(info[0], "options"))); });
}
void RingFileWrap::publishDraft(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] { open().publishDraft(); });
}
void RingFileWrap::dropDraft(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] { open().dropDraft(); });
}
Napi::Value RingFileWrap::readers(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] { return Napi::Number::New(info.Env(), open().readers()); });
}
Napi::Value RingFileWrap::newestCaptureNs(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const auto captureNs = open().newestCaptureNs();
    if (!captureNs) return info.Env().Null();
    return Napi::Number::New(info.Env(), static_cast<double>(*captureNs));
  });
}
void RingFileWrap::close(const Napi::CallbackInfo&) {
  file_.reset();
}

}  // namespace teecam::boundary
