#include "core/rtsp_auth.h"

#include <sys/random.h>

#include <array>
#include <cstring>
#include <memory>
#include <utility>

#include "core/rtsp_attempts.h"
#include "core/rtsp_users.h"

namespace {

using teecam::RtspAttempts;
using teecam::RtspEvent;
using teecam::RtspUsers;

struct State {
  RtspUsers users;
  std::function<void(const RtspEvent&)> onEvent;
  RtspAttempts attempts;
};

struct TeecamRtspAuth {
  GstRTSPAuth parent;
  State* state;
};
struct TeecamRtspAuthClass {
  GstRTSPAuthClass parent;
};
G_DEFINE_TYPE(TeecamRtspAuth, teecam_rtsp_auth, GST_TYPE_RTSP_AUTH)

/// What is known of a connection.
struct Guest {
  std::string nonce;  // empty: none was given
  bool inside = false;
  bool toldOfLimit = false;
};

Guest& guestOf(GstRTSPClient* client) {
  static const GQuark key = g_quark_from_static_string("teecam-guest");
  if (auto* known = static_cast<Guest*>(g_object_get_qdata(G_OBJECT(client), key))) return *known;
  auto* guest = new Guest;
  g_object_set_qdata_full(G_OBJECT(client), key, guest,
                          [](gpointer data) { delete static_cast<Guest*>(data); });
  return *guest;
}

std::string addressOf(GstRTSPConnection* connection) {
  const char* address = gst_rtsp_connection_get_ip(connection);
  return address ? address : "";
}

/// For one connection, so it is of no use to who overhears it.
std::string newNonce() {
  std::array<unsigned char, 16> bytes{};
  if (getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) return {};
  std::string text;
  for (const auto byte : bytes) {
    constexpr const char* digits = "0123456789abcdef";
    text += {digits[byte >> 4], digits[byte & 15]};
  }
  return text;
}

void begin(GstRTSPContext* context, GstRTSPStatusCode code) {
  gst_rtsp_message_init_response(context->response, code, gst_rtsp_status_as_text(code), context->request);
}

void send(GstRTSPContext* context) {
  gst_rtsp_client_send_message(context->client, context->session, context->response);
}

/// Digest comes first: some clients take the first that they know.
void askForPassword(GstRTSPContext* context, Guest& guest, bool stale) {
  if (guest.nonce.empty()) guest.nonce = newNonce();
  begin(context, GST_RTSP_STS_UNAUTHORIZED);
  const std::string realm = std::string("realm=\"") + RtspUsers::kRealm + "\"";
  std::string digest = "Digest " + realm + ", nonce=\"" + guest.nonce + "\"";
  if (stale) digest += ", stale=true";
  gst_rtsp_message_add_header(context->response, GST_RTSP_HDR_WWW_AUTHENTICATE, digest.c_str());
  gst_rtsp_message_add_header(context->response, GST_RTSP_HDR_WWW_AUTHENTICATE, ("Basic " + realm).c_str());
  send(context);
}

void tell(State& state, const std::string& address, const char* reason) {
  RtspEvent event{};
  event.kind = RtspEvent::Kind::refused;
  event.address = address;
  event.reason = reason;
  state.onEvent(event);
}

/// Whether this address may try nothing for now; then it is told when it may. The rest of the program hears
/// of it once for each connection, which may send requests as fast as it likes.
bool shutOut(State& state, GstRTSPContext* context, Guest& guest) {
  const auto address = addressOf(context->conn);
  const auto left = state.attempts.shutFor(address);
  if (left == left.zero()) return false;
  if (!std::exchange(guest.toldOfLimit, true)) tell(state, address, "limit");
  begin(context, GST_RTSP_STS_SERVICE_UNAVAILABLE);
  gst_rtsp_message_add_header(context->response, GST_RTSP_HDR_RETRY_AFTER,
                              std::to_string(left.count()).c_str());
  send(context);
  return true;
}

using Credentials = std::unique_ptr<GstRTSPAuthCredential*, decltype(&gst_rtsp_auth_credentials_free)>;

/// Of one request one attempt counts, whatever else is in its headers.
bool authenticate(State& state, GstRTSPContext* context) {
  Guest& guest = guestOf(context->client);
  if (guest.inside) return true;
  if (shutOut(state, context, guest)) return false;
  const Credentials all(gst_rtsp_message_parse_auth_credentials(context->request, GST_RTSP_HDR_AUTHORIZATION),
                        gst_rtsp_auth_credentials_free);
  const GstRTSPAuthCredential* first = all ? *all : nullptr;
  const bool known = first && (first->scheme == GST_RTSP_AUTH_BASIC || first->scheme == GST_RTSP_AUTH_DIGEST);
  const auto verdict =
      known ? state.users.judge(*first, context->method, guest.nonce) : RtspUsers::Verdict::stale;
  guest.inside = verdict == RtspUsers::Verdict::right;
  if (guest.inside) return true;
  if (verdict == RtspUsers::Verdict::wrong) {
    const auto address = addressOf(context->conn);
    state.attempts.wrong(address);
    tell(state, address, "password");
  }
  askForPassword(context, guest, known && verdict == RtspUsers::Verdict::stale);
  return false;
}

gboolean check(GstRTSPAuth* auth, GstRTSPContext* context, const gchar* what) {
  auto& state = *reinterpret_cast<TeecamRtspAuth*>(auth)->state;
  if (std::strcmp(what, GST_RTSP_AUTH_CHECK_CONNECT) == 0) {
    // An address that is shut out costs no more than this: no thread, no reading.
    const auto address = addressOf(context->conn);
    if (state.attempts.shutFor(address) == std::chrono::seconds::zero()) return TRUE;
    tell(state, address, "limit");
    return FALSE;
  }
  // A destination of the client's choice could be somebody else.
  if (std::strcmp(what, GST_RTSP_AUTH_CHECK_TRANSPORT_CLIENT_SETTINGS) == 0) return FALSE;
  // Clients ask for it before they have thought of a password; it tells the names of methods.
  if (std::strcmp(what, GST_RTSP_AUTH_CHECK_URL) == 0 && context->method == GST_RTSP_OPTIONS) return TRUE;
  return authenticate(state, context);
}

void finalize(GObject* object) {
  delete reinterpret_cast<TeecamRtspAuth*>(object)->state;
  G_OBJECT_CLASS(teecam_rtsp_auth_parent_class)->finalize(object);
}

void teecam_rtsp_auth_init(TeecamRtspAuth*) {}

void teecam_rtsp_auth_class_init(TeecamRtspAuthClass* klass) {
  G_OBJECT_CLASS(klass)->finalize = finalize;
  klass->parent.check = check;
}

}  // namespace

namespace teecam {

GstRTSPAuth* newRtspAuth(std::map<std::string, std::string> users,
                         std::function<void(const RtspEvent&)> onEvent) {
  auto* auth = static_cast<TeecamRtspAuth*>(g_object_new(teecam_rtsp_auth_get_type(), nullptr));
  auth->state = new State{RtspUsers(std::move(users)), std::move(onEvent), {}};
  return GST_RTSP_AUTH(auth);
}

}  // namespace teecam
