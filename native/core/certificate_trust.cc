#include "core/certificate_trust.h"

#include <gio/gio.h>

#include <mutex>

namespace teecam {

namespace {

/// What connections and whoever asks for the refusal share.
struct Judgement {
  std::string fingerprint;
  std::mutex lock;
  std::string refused;  // guarded by lock
};

struct TrustDatabase {
  GTlsDatabase parent;
  Judgement* judgement;
};

struct TrustDatabaseClass {
  GTlsDatabaseClass parentClass;
};

G_DEFINE_TYPE(TrustDatabase, trust_database, G_TYPE_TLS_DATABASE)

Judgement& judgementOf(gpointer database) {
  return *G_TYPE_CHECK_INSTANCE_CAST(database, trust_database_get_type(), TrustDatabase)->judgement;
}

std::string fingerprintOf(GTlsCertificate* certificate) {
  GByteArray* der = nullptr;
  g_object_get(certificate, "certificate", &der, nullptr);
  const StringPtr sum(g_compute_checksum_for_data(G_CHECKSUM_SHA256, der->data, der->len));
  g_byte_array_unref(der);
  return sum.get();
}

/// A certificate that is named may be of any age and name: cameras know neither the time nor what they are
/// called.
GTlsCertificateFlags verifyChain(GTlsDatabase* database, GTlsCertificate* chain, const gchar* purpose,
                                 GSocketConnectable* identity, GTlsInteraction* interaction,
                                 GTlsDatabaseVerifyFlags flags, GCancellable* cancellable, GError** error) {
  Judgement& judgement = judgementOf(database);
  const std::string fingerprint = fingerprintOf(chain);
  if (fingerprint == judgement.fingerprint) return static_cast<GTlsCertificateFlags>(0);
  GTlsCertificateFlags faults = G_TLS_CERTIFICATE_UNKNOWN_CA;
  if (judgement.fingerprint.empty()) {
    const ObjectPtr<GTlsDatabase> system(g_tls_backend_get_default_database(g_tls_backend_get_default()));
    faults = g_tls_database_verify_chain(system.get(), chain, purpose, identity, interaction, flags,
                                         cancellable, error);
  }
  const std::lock_guard guard(judgement.lock);
  judgement.refused = faults == 0 ? "" : fingerprint;
  return faults;
}

void finalize(GObject* object) {
  delete &judgementOf(object);
  G_OBJECT_CLASS(trust_database_parent_class)->finalize(object);
}

void trust_database_class_init(TrustDatabaseClass* klass) {
  G_OBJECT_CLASS(klass)->finalize = finalize;
  klass->parentClass.verify_chain = verifyChain;
}

void trust_database_init(TrustDatabase* self) {
  self->judgement = new Judgement;
}

void setDatabase(const GValue* item, gpointer database) {
  GObject* element = G_OBJECT(g_value_get_object(item));
  if (g_object_class_find_property(G_OBJECT_GET_CLASS(element), "tls-database") != nullptr)
    g_object_set(element, "tls-database", database, nullptr);
}

}  // namespace

CertificateTrust::CertificateTrust(const std::string& fingerprint)
    : database_(G_OBJECT(g_object_new(trust_database_get_type(), nullptr))) {
  judgementOf(database_.get()).fingerprint = fingerprint;
}

void CertificateTrust::applyTo(GstBin* pipeline) const {
  GstIterator* elements = gst_bin_iterate_recurse(pipeline);
  gst_iterator_foreach(elements, setDatabase, database_.get());
  gst_iterator_free(elements);
}

std::optional<SourceFault> CertificateTrust::refusal() const {
  Judgement& judgement = judgementOf(database_.get());
  const std::lock_guard guard(judgement.lock);
  if (judgement.refused.empty()) return std::nullopt;
  const std::string what = judgement.fingerprint.empty()
                               ? "this machine does not trust its certificate"
                               : "its certificate is another one than the source names";
  return SourceFault{"untrusted", what + "; if it is the camera's, write #sha256=" + judgement.refused +
                                      " behind the address"};
}

}  // namespace teecam
