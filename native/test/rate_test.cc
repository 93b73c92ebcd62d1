#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "core/rate_limiter.h"
#include "gst_fixture.h"

using namespace teecam;
using namespace teecam::test;

namespace {

constexpr std::uint64_t kMs = 1'000'000;
constexpr std::uint64_t kSecond = 1000 * kMs;

struct Rated {
  std::vector<GstClockTime> stamps;
  std::vector<bool> discont;
  std::string caps;

  std::size_t between(std::uint64_t from, std::uint64_t to) const {
    return static_cast<std::size_t>(
        std::count_if(stamps.begin(), stamps.end(), [&](GstClockTime t) { return t >= from && t < to; }));
  }
};

/// What comes out of a teecamrate when frames with these timestamps go in.
Rated rated(const std::string& inCaps, const std::string& limit, const std::vector<GstClockTime>& stamps) {
  TestPipeline pipeline("appsrc name=in ! teecamrate max-framerate=" + limit +
                        " ! appsink name=out sync=false async=false wait-on-eos=false");
  pipeline.caps(inCaps);
  pipeline.play();
  for (const GstClockTime stamp : stamps) pipeline.push(stamp);
  REQUIRE(pipeline.finish() == "");
  Rated result;
  while (GstSample* sample = gst_app_sink_try_pull_sample(GST_APP_SINK(pipeline.element("out")), 0)) {
    GstBuffer* buffer = gst_sample_get_buffer(sample);
    result.stamps.push_back(GST_BUFFER_PTS(buffer));
    result.discont.push_back(GST_BUFFER_IS_DISCONT(buffer));
    gchar* text = gst_caps_to_string(gst_sample_get_caps(sample));
    result.caps = text;
    g_free(text);
    gst_sample_unref(sample);
  }
  return result;
}

std::string raw(const std::string& framerate) {
  return "video/x-raw,format=GRAY8,width=4,height=4,framerate=" + framerate;
}

void frames(std::vector<GstClockTime>& to, std::uint64_t from, std::uint64_t until, double rate) {
  for (int i = 0;; i++) {
    const auto stamp = from + static_cast<std::uint64_t>(i * 1e9 / rate);
    if (stamp >= until) return;
    to.push_back(stamp);
  }
}

std::vector<GstClockTime> frames(double rate, std::uint64_t until) {
  std::vector<GstClockTime> stamps;
  frames(stamps, 0, until, rate);
  return stamps;
}

}  // namespace

TEST_CASE("a steady stream comes down to the limit evenly") {
  struct {
    std::string in, limit, out;
    double rate;
    std::size_t passed;
  } const cases[] = {
      {"60/1", "30/1", "30/1", 60, 300}, {"30/1", "15/1", "15/1", 30, 150},
      {"25/1", "10/1", "10/1", 25, 100}, {"25/2", "30/1", "25/2", 12.5, 125},
      {"30/1", "30/1", "30/1", 30, 300}, {"30000/1001", "15/1", "15/1", 30000.0 / 1001, 150},
      {"0/1", "15/1", "15/1", 30, 150},  {"60/1", "0/1", "60/1", 60, 600},
  };
  for (const auto& c : cases) {
    CAPTURE(c.in);
    CAPTURE(c.limit);
    const Rated result = rated(raw(c.in), c.limit, frames(c.rate, 10 * kSecond));
    CHECK(result.stamps.size() == c.passed);
    CHECK(result.caps.find("framerate=(fraction)" + c.out) != std::string::npos);
    for (std::uint64_t s = 1; s < 10; s++) {
      CHECK(result.between(s * kSecond, (s + 1) * kSecond) <= c.passed / 10 + 1);
    }
  }
}

TEST_CASE("JPEG with a rate, and without one") {
  const auto stamps = frames(30, 2 * kSecond);
  CHECK(rated("image/jpeg,width=4,height=4,framerate=30/1", "10/1", stamps).stamps.size() == 20);
  const Rated bare = rated("image/jpeg,width=4,height=4", "10/1", stamps);
  CHECK(bare.stamps.size() == 20);
  CHECK(bare.caps.find("framerate=(fraction)10/1") != std::string::npos);
}

TEST_CASE("the limit holds after a gap of any length") {
  for (const std::uint64_t gap : {200 * kMs, 3 * kSecond, 3600 * kSecond}) {
    CAPTURE(gap);
    std::vector<GstClockTime> stamps = frames(30, 2 * kSecond);
    const std::uint64_t back = 2 * kSecond + gap;
    frames(stamps, back, back + 4 * kSecond, 30);
    const Rated result = rated(raw("30/1"), "15/1", stamps);
    for (std::uint64_t s = 0; s < 4; s++) {
      CHECK(result.between(back + s * kSecond, back + (s + 1) * kSecond) == 15);
    }
  }
}

TEST_CASE("a slower slate passes whole and leaves the limit as it was") {
  std::vector<GstClockTime> stamps = frames(60, 2 * kSecond);
  frames(stamps, 2500 * kMs, 6500 * kMs, 5);
  frames(stamps, 6600 * kMs, 9600 * kMs, 60);
  const Rated result = rated(raw("60/1"), "30/1", stamps);
  CHECK(result.between(2500 * kMs, 6500 * kMs) == 20);
  for (std::uint64_t s = 0; s < 3; s++) {
    const std::uint64_t from = 6600 * kMs + s * kSecond;
    CHECK(result.between(from, from + kSecond) == 30);
  }
}

TEST_CASE("dropped frames make no discontinuities") {
  const Rated result = rated(raw("30/1"), "10/1", frames(30, kSecond));
  REQUIRE(result.discont.size() == 10);
  for (std::size_t i = 1; i < result.discont.size(); i++) CHECK_FALSE(result.discont[i]);
}

TEST_CASE("jitter within the nominal rate costs no frame") {
  std::mt19937 random(7);
  std::uniform_int_distribution<std::uint64_t> jitter(0, 20 * kMs);
  std::vector<GstClockTime> stamps = frames(30, 10 * kSecond);
  for (auto& stamp : stamps) stamp += jitter(random);
  CHECK(rated(raw("30/1"), "30/1", stamps).stamps.size() == stamps.size());
}

TEST_CASE("whatever the stamps, no span of time holds more than its share") {
  std::mt19937 random(11);
  for (int run = 0; run < 200; run++) {
    const std::uint64_t period = std::uniform_int_distribution<std::uint64_t>(8, 200)(random) * kMs;
    const std::uint64_t early = run % 2 ? period : period / 4;
    RateLimiter limiter;
    limiter.configure(period, early);
    std::exponential_distribution<double> wait(1.0 / (static_cast<double>(period) * 0.4));
    std::vector<std::uint64_t> passed;
    std::uint64_t now = 0;
    for (int i = 0; i < 400; i++) {
      now += static_cast<std::uint64_t>(wait(random));
      if (random() % 97 == 0) now += 3 * kSecond;
      if (limiter.admit(now)) passed.push_back(now);
    }
    REQUIRE(passed.size() > 50);
    // Two more than its share: one early, and one late before it.
    for (std::size_t a = 0; a < passed.size(); a++) {
      for (std::size_t b = a; b < passed.size(); b++) {
        if (b - a + 1 > (passed[b] - passed[a] + early) / period + 2)
          FAIL(period, " ", early, " ", a, " ", b);
      }
    }
  }
}

TEST_CASE("timestamps that step back do not stop the stream") {
  RateLimiter limiter;
  limiter.configure(100 * kMs, 25 * kMs);
  CHECK(limiter.admit(100 * kSecond));
  CHECK(limiter.admit(5 * kSecond));
  CHECK_FALSE(limiter.admit(5 * kSecond + 50 * kMs));
}

TEST_CASE("caps queries in both directions") {
  initGst();
  GstElement* rate = gst_element_factory_make("teecamrate", nullptr);
  gst_object_ref_sink(rate);
  gst_util_set_object_arg(G_OBJECT(rate), "max-framerate", "30/1");
  const auto ask = [&](const char* padName, const char* otherPad, const char* peerCaps) {
    // A capsfilter beyond the other pad stands for what is linked there.
    GstElement* filter = gst_element_factory_make("capsfilter", nullptr);
    gst_object_ref_sink(filter);
    gst_util_set_object_arg(G_OBJECT(filter), "caps", peerCaps);
    const bool down = std::string(otherPad) == "src";
    REQUIRE(gst_element_link_pads_full(down ? rate : filter, "src", down ? filter : rate, "sink",
                                       GST_PAD_LINK_CHECK_NOTHING));
    GstPad* pad = gst_element_get_static_pad(rate, padName);
    GstCaps* caps = gst_pad_query_caps(pad, nullptr);
    gst_object_unref(pad);
    gst_element_unlink(down ? rate : filter, down ? filter : rate);
    gst_object_unref(filter);
    return caps;
  };
  const auto takes = [&](GstCaps* caps, const char* framerate) {
    GstCaps* one = gst_caps_from_string(raw(framerate).c_str());
    const bool result = gst_caps_can_intersect(caps, one);
    gst_caps_unref(one);
    return result;
  };
  GstCaps* in = ask("sink", "src", "video/x-raw,framerate=30/1");
  for (const char* good : {"30/1", "60/1", "0/1"}) CHECK(takes(in, good));
  CHECK_FALSE(takes(in, "15/1"));
  gst_caps_unref(in);
  in = ask("sink", "src", "video/x-raw,framerate=15/1");
  CHECK(takes(in, "15/1"));
  for (const char* bad : {"30/1", "60/1", "0/1"}) CHECK_FALSE(takes(in, bad));
  gst_caps_unref(in);
  in = ask("sink", "src", "video/x-raw,framerate=60/1");
  CHECK(gst_caps_is_empty(in));
  gst_caps_unref(in);
  GstCaps* out = ask("src", "sink", "video/x-raw,framerate={60/1,15/1}");
  for (const char* good : {"30/1", "15/1"}) CHECK(takes(out, good));
  CHECK_FALSE(takes(out, "60/1"));
  gst_caps_unref(out);
  gst_object_unref(rate);
}
