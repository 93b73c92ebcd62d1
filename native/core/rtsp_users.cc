#include "core/rtsp_users.h"

#include <glib.h>

#include <string_view>

namespace teecam {

namespace {

std::string take(gchar* text) {
  std::string result = text ? text : "";
  g_free(text);
  return result;
}

/// In a time that does not tell where they differ. An empty one is like none.
bool same(std::string_view one, std::string_view other) {
  if (one.empty() || one.size() != other.size()) return false;
  unsigned difference = 0;
  for (std::size_t i = 0; i < one.size(); i++)
    difference |= static_cast<unsigned char>(one[i]) ^ static_cast<unsigned char>(other[i]);
  return difference == 0;
}

std::string param(GstRTSPAuthParam** params, const char* name) {
  for (; params && *params; params++)
    if ((*params)->value && g_ascii_strcasecmp((*params)->name, name) == 0) return (*params)->value;
  return {};
}

/// The composed form, in which the hash was made; bytes that are no UTF-8 stay as they are.
std::string normalized(const std::string& text) {
  if (!g_utf8_validate(text.data(), static_cast<gssize>(text.size()), nullptr)) return text;
  return take(g_utf8_normalize(text.data(), static_cast<gssize>(text.size()), G_NORMALIZE_NFC));
}

}  // namespace

std::string RtspUsers::hashOf(const std::string& name) const {
  const auto found = hashes_.find(name);
  return found == hashes_.end() ? std::string() : found->second;
}

RtspUsers::Verdict RtspUsers::judge(const GstRTSPAuthCredential& credential, GstRTSPMethod method,
                                    const std::string& nonce) const {
  if (credential.scheme == GST_RTSP_AUTH_BASIC) return basic(credential.authorization);
  if (credential.scheme == GST_RTSP_AUTH_DIGEST) return digest(credential.params, method, nonce);
  return Verdict::wrong;
}

RtspUsers::Verdict RtspUsers::basic(const char* token) const {
  gsize size = 0;
  guchar* bytes = token && *token ? g_base64_decode(token, &size) : nullptr;
  const std::string text(reinterpret_cast<char*>(bytes), bytes ? size : 0);
  g_free(bytes);
  const auto colon = text.find(':');
  if (colon == std::string::npos) return Verdict::wrong;
  const std::string name = text.substr(0, colon);
  const std::string secret = name + ":" + kRealm + ":" + normalized(text.substr(colon + 1));
  const std::string hash =
      take(g_compute_checksum_for_string(G_CHECKSUM_MD5, secret.data(), static_cast<gssize>(secret.size())));
  return same(hashOf(name), hash) ? Verdict::right : Verdict::wrong;
}

RtspUsers::Verdict RtspUsers::digest(GstRTSPAuthParam** params, GstRTSPMethod method,
                                     const std::string& nonce) const {
  const auto given = param(params, "nonce");
  const auto hash = hashOf(param(params, "username"));
  const std::string expected = take(gst_rtsp_generate_digest_auth_response_from_md5(
      nullptr, gst_rtsp_method_as_text(method), hash.c_str(), param(params, "uri").c_str(), given.c_str()));
  if (hash.empty() || !same(expected, param(params, "response"))) return Verdict::wrong;
  return same(nonce, given) ? Verdict::right : Verdict::stale;
}

}  // namespace teecam
