// Thread: the control thread.
// Owns: one source pipeline, disposable.
// Ends: release(); from then on it calls nobody but `done`, and its frames reach no gate.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "core/certificate_trust.h"
#include "core/clock.h"
#include "core/flow_meter.h"
#include "core/gate.h"
#include "core/plan.h"
#include "core/source_fault.h"
#include "core/state_thread.h"
#include "core/tls_gauge.h"

namespace teecam {

/// A source pipeline whose outlet feeds the gate. The first error decides; what comes after is ignored.
class Source : public std::enable_shared_from_this<Source> {
 public:
  /// On the control thread, none after release().
  struct Events {
    std::function<void()> onPrerolled;
    std::function<void()> onFirstFrame;
    std::function<void(SourceFault)> onFault;
    std::function<void()> onEnd;
  };

  /// Builds it; nothing is opened yet. A paced source shows each frame at its time, as a file does; others
  /// show it when it comes. `item`: what the playlist's property is set to. Throws CoreError.
  ~Source();
  static std::shared_ptr<Source> make(const SourcePlan& plan, const std::optional<std::string>& item,
                                      const CameraClock& clock);
  /// Frames go to `gate` under this number.
  void connect(std::shared_ptr<Gate> gate, std::uint64_t generation, Events events);

  /// Opens it and waits with the first frame in hand.
  void preroll();
  /// `baseTime`: when its timestamp 0 is due.
  void play(GstClockTime baseTime);
  void askForKeyFrame();
  void release(std::function<void()> done);

  /// See claimOf.
  const std::string& claim() const { return claim_; }
  std::uint64_t frames() const;
  /// Empty after release().
  Flow flow() const;
  /// How what it gives has come; nothing where that is not encrypted, or not yet connected.
  std::optional<Protection> protection() const { return tls_.read(); }
  GstClockTime baseTime() const { return baseTime_; }
  /// Running time at which the last frame delivered so far is over.
  GstClockTime end() const;
  /// Length in nanoseconds if it is known.
  std::optional<GstClockTime> duration() const;

 private:
  struct Delivery;
  Source(std::unique_ptr<Pipeline> pipeline, GstElement* outlet, const CameraClock& clock,
         const SourcePlan& plan);
  void onMessage(GstMessage* message);
  void onRefused();
  void fail(SourceFault fault);

  const std::string claim_;
  const CameraClock clock_;
  const CertificateTrust trust_;
  const TlsGauge tls_;
  // Both are the state thread's, valid until release(). An appsink keeps its last frame until it is gone, and
  // who lets go of a driver's last frame stops the driver: that may hang, so no reference is kept here.
  Pipeline* pipeline_;
  GstElement* outlet_;
  std::unique_ptr<StateThread> states_;
  std::shared_ptr<Delivery> delivery_;
  Events events_;
  GstClockTime baseTime_;
  std::string refusedNode_;  // of a device that did not start
  bool over_ = false;        // failed, ended or released
};

}  // namespace teecam
