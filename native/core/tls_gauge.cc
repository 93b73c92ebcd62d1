#include "core/tls_gauge.h"

#include <gio/gio.h>

#include <algorithm>
#include <mutex>
#include <utility>

#include "core/gst_ptr.h"

namespace teecam {

namespace {

/// Of the process.
struct Handshakes {
  std::mutex lock;
  Protection newest;          // guarded by lock
  bool seesSockets = false;   // guarded by lock
  bool seesMessages = false;  // guarded by lock
};

Handshakes& handshakes() {
  static auto* const all = new Handshakes;  // clients' threads may outlive the statics
  return *all;
}

/// GLib 2.70 brought both properties that are read here.
bool has(gpointer connection, const char* property) {
  return g_object_class_find_property(G_OBJECT_GET_CLASS(connection), property) != nullptr;
}

/// "1.3" of "tls-1-3".
std::string versionOf(gpointer connection) {
  if (!has(connection, "protocol-version")) return "";
  GValue version = G_VALUE_INIT;
  g_object_get_property(G_OBJECT(connection), "protocol-version", &version);
  auto* known = static_cast<GEnumClass*>(g_type_class_peek(G_VALUE_TYPE(&version)));
  const GEnumValue* found = g_enum_get_value(known, g_value_get_enum(&version));
  const std::string name = found == nullptr ? "" : found->value_nick;
  g_value_unset(&version);
  if (!name.starts_with("tls-")) return "";
  std::string number = name.substr(4);
  std::ranges::replace(number, '-', '.');
  return number;
}

std::string cipherOf(gpointer connection) {
  gchar* name = nullptr;
  if (has(connection, "ciphersuite-name")) g_object_get(connection, "ciphersuite-name", &name, nullptr);
  const StringPtr cipher(name);
  return cipher == nullptr ? "" : cipher.get();
}

/// Of both signals the second value is the event and the last one the connection.
gboolean onEvent(GSignalInvocationHint*, guint count, const GValue* values, gpointer) {
  if (g_value_get_enum(&values[1]) != G_SOCKET_CLIENT_TLS_HANDSHAKED) return TRUE;
  gpointer connection = g_value_get_object(&values[count - 1]);
  if (!G_IS_TLS_CONNECTION(connection)) return TRUE;
  const std::string version = versionOf(connection);
  const std::string cipher = cipherOf(connection);
  Handshakes& all = handshakes();
  const std::lock_guard guard(all.lock);
  all.newest = {version, cipher, all.newest.keyEpoch + 1};
  return TRUE;
}

void hook(GType type, const char* signal, GSignalEmissionHook onEmission) {
  gpointer withSignals = g_type_class_ref(type);
  g_signal_add_emission_hook(g_signal_lookup(signal, type), 0, onEmission, nullptr, nullptr);
  g_type_class_unref(withSignals);
}

/// rtspsrc's GSocketClient does TLS too. What libsoup's has connected it encrypts itself, and tells it of a
/// SoupMessage: GStreamer loads libsoup late, so that type exists not before there is one on its way.
gboolean onSocketEvent(GSignalInvocationHint* hint, guint count, const GValue* values, gpointer data) {
  Handshakes& all = handshakes();
  std::unique_lock guard(all.lock);
  const GType soup = g_type_from_name("SoupMessage");
  if (soup != 0 && !std::exchange(all.seesMessages, true)) hook(soup, "network-event", onEvent);
  guard.unlock();
  return onEvent(hint, count, values, data);
}

std::uint64_t soFar() {
  Handshakes& all = handshakes();
  const std::lock_guard guard(all.lock);
  if (!std::exchange(all.seesSockets, true)) hook(G_TYPE_SOCKET_CLIENT, "event", onSocketEvent);
  return all.newest.keyEpoch;
}

}  // namespace

TlsGauge::TlsGauge() : since_(soFar()) {}

std::optional<Protection> TlsGauge::read() const {
  Handshakes& all = handshakes();
  const std::lock_guard guard(all.lock);
  return all.newest.keyEpoch > since_ ? std::optional(all.newest) : std::nullopt;
}

}  // namespace teecam
