// Thread: any. Owns: nothing; the JSON must outlive it. Ends: with its scope.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

namespace teecam {

/// A value of a JSON document that knows where it stands, so that what is wrong with it can be said:
/// "plan.gate.width: expected an integer from 1 to 16384, found "wide"". Throws std::invalid_argument.
class JsonReader {
 public:
  using Json = nlohmann::json;
  explicit JsonReader(const Json& value, std::string path = "") : value_(value), path_(std::move(path)) {}

  JsonReader at(const char* key) const {
    if (!value_.is_object()) fail("an object");
    const auto found = value_.find(key);
    if (found == value_.end()) throw std::invalid_argument(child(key) + ": is missing");
    return JsonReader(*found, child(key));
  }
  bool isNull() const { return value_.is_null(); }
  bool isString() const { return value_.is_string(); }

  std::string string() const {
    if (!value_.is_string()) fail("a string");
    return value_.get<std::string>();
  }
  bool boolean() const {
    if (!value_.is_boolean()) fail("true or false");
    return value_.get<bool>();
  }
  std::int64_t integer(std::int64_t min, std::int64_t max) const {
    const bool fits = value_.is_number_integer() && !(value_.is_number_unsigned() && value_ > INT64_MAX) &&
                      value_.get<std::int64_t>() >= min && value_.get<std::int64_t>() <= max;
    if (!fits) fail("an integer from " + std::to_string(min) + " to " + std::to_string(max));
    return value_.get<std::int64_t>();
  }
  /// A string, number or boolean as text.
  std::string scalar() const {
    if (value_.is_string()) return value_.get<std::string>();
    if (!value_.is_number() && !value_.is_boolean()) fail("a string, number or boolean");
    return value_.dump();
  }
  std::vector<JsonReader> items(std::size_t atLeast = 0) const {
    if (!value_.is_array() || value_.size() < atLeast) {
      fail(atLeast > 0 ? "a list with an entry at least" : "a list");
    }
    std::vector<JsonReader> readers;
    for (std::size_t index = 0; index < value_.size(); index++) {
      readers.emplace_back(value_[index], path_ + "[" + std::to_string(index) + "]");
    }
    return readers;
  }
  /// `use` gets each key with the reader of its value.
  template <typename Use>
  void members(Use use) const {
    if (!value_.is_object()) fail("an object");
    for (const auto& [key, value] : value_.items()) use(key, JsonReader(value, child(key)));
  }
  [[noreturn]] void fail(const std::string& expected) const {
    constexpr std::size_t enough = 80;
    std::string found = value_.dump(-1, ' ', false, Json::error_handler_t::replace);
    if (found.size() > enough) found = found.substr(0, enough) + "…";
    throw std::invalid_argument((path_.empty() ? "the message" : path_) + ": expected " + expected +
                                ", found " + found);
  }

 private:
  std::string child(const std::string& key) const { return path_.empty() ? key : path_ + "." + key; }
  const Json& value_;
  std::string path_;
};

}  // namespace teecam
