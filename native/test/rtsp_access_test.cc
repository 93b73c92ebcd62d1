#include <doctest/doctest.h>

#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "core/rtsp_attempts.h"
#include "core/rtsp_play.h"
#include "core/rtsp_users.h"

using namespace teecam;
using namespace std::chrono_literals;

namespace {

using Verdict = RtspUsers::Verdict;
const std::string kNonce = "0123456789abcdef";

std::string md5(const std::string& text) {
  gchar* sum = g_compute_checksum_for_string(G_CHECKSUM_MD5, text.c_str(), -1);
  std::string result = sum;
  g_free(sum);
  return result;
}

RtspUsers users() {
  return RtspUsers({{"joe", md5("joe:teecam:a:b")}, {"uwe", md5("uwe:teecam:gr\xc3\xbc\xc3\x9f")}});
}

Verdict basic(const std::string& plain) {
  gchar* token = g_base64_encode(reinterpret_cast<const guchar*>(plain.data()), plain.size());
  const GstRTSPAuthCredential credential{GST_RTSP_AUTH_BASIC, nullptr, token};
  const auto verdict = users().judge(credential, GST_RTSP_DESCRIBE, "");
  g_free(token);
  return verdict;
}

Verdict digest(std::initializer_list<std::pair<const char*, std::string>> params,
               const std::string& nonce = kNonce) {
  std::vector<GstRTSPAuthParam> all;
  for (const auto& [name, value] : params)
    all.push_back({const_cast<char*>(name), const_cast<char*>(value.c_str())});
  std::vector<GstRTSPAuthParam*> list;
  for (auto& param : all) list.push_back(&param);
  list.push_back(nullptr);
  const GstRTSPAuthCredential credential{GST_RTSP_AUTH_DIGEST, list.data(), nullptr};
  return users().judge(credential, GST_RTSP_DESCRIBE, nonce);
}

std::string response(const std::string& password, const std::string& nonce = kNonce) {
  return md5(md5("joe:teecam:" + password) + ":" + nonce + ":" + md5("DESCRIBE:rtsp://h/"));
}

}  // namespace

TEST_CASE("RTSP basic is compared with the hash of digest") {
  CHECK(basic("joe:a:b") == Verdict::right);
  CHECK(basic("uwe:gr\xc3\xbc\xc3\x9f") == Verdict::right);
  CHECK(basic("uwe:gru\xcc\x88\xc3\x9f") == Verdict::right);  // ü as u and two dots
  for (const char* wrong :
       {"joe:a", "joe:", "joe", "", ":", ":a:b", "uwe:a:b", "nobody:a:b", "uwe:gr\xfc\xdf"})
    CHECK_MESSAGE(basic(wrong) == Verdict::wrong, wrong);
}

TEST_CASE("RTSP digest needs the nonce of its connection") {
  CHECK(
      digest({{"username", "joe"}, {"nonce", kNonce}, {"uri", "rtsp://h/"}, {"response", response("a:b")}}) ==
      Verdict::right);
  const auto other = response("a:b", "other");
  CHECK(digest({{"username", "joe"}, {"nonce", "other"}, {"uri", "rtsp://h/"}, {"response", other}}) ==
        Verdict::stale);
  const auto none = response("a:b", "");
  CHECK(digest({{"username", "joe"}, {"nonce", ""}, {"uri", "rtsp://h/"}, {"response", none}}, "") ==
        Verdict::stale);
  CHECK(digest({{"username", "joe"}, {"nonce", kNonce}, {"uri", "rtsp://h/"}, {"response", response("a")}}) ==
        Verdict::wrong);
  const auto nobody = md5(":" + kNonce + ":" + md5("DESCRIBE:rtsp://h/"));
  CHECK(digest({{"username", "nobody"}, {"nonce", kNonce}, {"uri", "rtsp://h/"}, {"response", nobody}}) ==
        Verdict::wrong);
  CHECK(digest({}) == Verdict::wrong);
}

TEST_CASE("an address with too many wrong passwords is shut out for a minute") {
  RtspAttempts attempts;
  const RtspAttempts::Time start{};
  for (int i = 0; i < RtspAttempts::kMost; i++) {
    CHECK(attempts.shutFor("10.0.0.1", start) == 0s);
    attempts.wrong("10.0.0.1", start + std::chrono::seconds(i));
  }
  CHECK(attempts.shutFor("10.0.0.1", start + 10s) == 50s);
  CHECK(attempts.shutFor("::ffff:10.0.0.1", start + 10s) == 50s);
  CHECK(attempts.shutFor("10.0.0.2", start + 10s) == 0s);
  CHECK(attempts.shutFor("10.0.0.1", start + 60s) == 0s);
  attempts.wrong("10.0.0.2", start + 61s);
  CHECK(attempts.size() == 1);
}

TEST_CASE("the addresses of an IPv6 host count as one") {
  RtspAttempts attempts;
  const RtspAttempts::Time start{};
  for (int i = 0; i < RtspAttempts::kMost; i++) attempts.wrong("2001:db8::" + std::to_string(i), start);
  CHECK(attempts.shutFor("2001:db8:0:0:1234::9", start) == 60s);
  CHECK(attempts.shutFor("2001:db8:0:1::1", start) == 0s);
}

TEST_CASE("a place that was taken and never played is given up after a minute") {
  const auto mount =
      std::make_shared<RtspMount>(RtspMountOptions{.path = "/cam/stream", .ring = "/ring", .place = {}});
  const RtspPlay::Time began{};
  RtspPlay silent(mount, began);
  CHECK_FALSE(silent.unplayed(began + 60s));
  CHECK(silent.unplayed(began + 61s));
  RtspPlay player(mount, began);
  player.begin("tcp", -1, began + 59s);
  player.pause();
  CHECK_FALSE(player.unplayed(began + 24h));
}
