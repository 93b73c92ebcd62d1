#include "boundary/arguments.h"

#include <cmath>

namespace teecam::boundary {

namespace {

Napi::TypeError wrong(const Napi::Value& value, const char* name, const char* wanted) {
  return Napi::TypeError::New(value.Env(), std::string(name) + " must be " + wanted);
}

}  // namespace

std::string stringArgument(const Napi::Value& value, const char* name) {
  if (!value.IsString()) throw wrong(value, name, "a string");
  std::string text = value.As<Napi::String>().Utf8Value();
  if (text.find('\0') != std::string::npos) throw wrong(value, name, "a string without NUL");
  return text;
}

Napi::Function functionArgument(const Napi::Value& value, const char* name) {
  if (!value.IsFunction()) throw wrong(value, name, "a function");
  return value.As<Napi::Function>();
}

Napi::Object objectArgument(const Napi::Value& value, const char* name) {
  if (!value.IsObject()) throw wrong(value, name, "an object");
  return value.As<Napi::Object>();
}

std::uint64_t integerArgument(const Napi::Value& value, const char* name, std::uint64_t max) {
  const double number = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : -1;
  if (!(number >= 0 && number <= static_cast<double>(max)) || std::floor(number) != number)
    throw wrong(value, name, "a whole number in range");
  return static_cast<std::uint64_t>(number);
}

Napi::Error toJavaScript(Napi::Env env, const RingError& error) {
  Napi::Error result = Napi::Error::New(env, error.what());
  result.Set("code", error.code());
  for (const auto& [name, value] : error.details()) result.Set(name, static_cast<double>(value));
  return result;
}

}  // namespace teecam::boundary
