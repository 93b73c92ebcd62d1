// Thread: any.
// Owns: the database that a pipeline's elements ask about certificates.
// Ends: with its scope; elements may go on asking the database.
#pragma once

#include <gst/gst.h>

#include <optional>
#include <string>

#include "core/gst_ptr.h"
#include "core/source_fault.h"

namespace teecam {

/// Which certificate a server may have, asked by GIO as a GTlsDatabase, which is what all of GStreamer's
/// clients take.
class CertificateTrust {
 public:
  /// SHA-256 of the only certificate that will do, in small hexadecimal digits; empty: what this machine
  /// trusts.
  explicit CertificateTrust(const std::string& fingerprint);

  /// For every element of it that asks. `pipeline`: transfer none.
  void applyTo(GstBin* pipeline) const;
  /// Why a server was not trusted, if one was not.
  std::optional<SourceFault> refusal() const;

 private:
  ObjectPtr<GObject> database_;
};

}  // namespace teecam
