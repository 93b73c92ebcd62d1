#include "core/rate_caps.h"

namespace teecam {

namespace {

constexpr const char* kField = "framerate";

class Value {
 public:
  Value() = default;
  ~Value() {
    if (G_IS_VALUE(&value_)) g_value_unset(&value_);
  }
  Value(const Value&) = delete;
  Value& operator=(const Value&) = delete;
  GValue* get() { return &value_; }

  static void fraction(Value& value, gint num, gint den) {
    g_value_init(value.get(), GST_TYPE_FRACTION);
    gst_value_set_fraction(value.get(), num, den);
  }
  static void range(Value& value, gint num1, gint den1, gint num2, gint den2) {
    g_value_init(value.get(), GST_TYPE_FRACTION_RANGE);
    gst_value_set_fraction_range_full(value.get(), num1, den1, num2, den2);
  }

 private:
  GValue value_ = G_VALUE_INIT;
};

/// The limit as sets of rates.
struct Sets {
  Value top, upTo, above;
  explicit Sets(RateLimit limit) {
    Value varying, faster;
    Value::fraction(top, limit.num, limit.den);
    Value::range(upTo, 1, G_MAXINT, limit.num, limit.den);
    Value::fraction(varying, 0, 1);
    Value::range(faster, limit.num, limit.den, G_MAXINT, 1);
    gst_value_list_merge(above.get(), varying.get(), faster.get());
  }
};

/// gst_value_can_intersect says yes to any two values of the same type.
bool intersects(const GValue* a, const GValue* b) {
  return gst_value_intersect(nullptr, a, b);
}

using Map = bool (*)(const GValue* rates, Sets& sets, GValue* result);

bool limited(const GValue* rates, Sets& sets, GValue* result) {
  Value kept;
  const bool any = gst_value_intersect(kept.get(), rates, sets.upTo.get());
  const bool cut = intersects(rates, sets.above.get());
  if (!any && !cut) return false;
  if (any && (!cut || intersects(kept.get(), sets.top.get()))) {
    gst_value_init_and_copy(result, kept.get());
  } else if (any) {
    gst_value_list_merge(result, kept.get(), sets.top.get());
  } else {
    gst_value_init_and_copy(result, sets.top.get());
  }
  return true;
}

bool limitable(const GValue* rates, Sets& sets, GValue* result) {
  Value kept;
  if (!gst_value_intersect(kept.get(), rates, sets.upTo.get())) return false;
  if (intersects(rates, sets.top.get())) {
    gst_value_list_merge(result, kept.get(), sets.above.get());
  } else {
    gst_value_init_and_copy(result, kept.get());
  }
  return true;
}

GstCaps* mapRates(GstCaps* caps, RateLimit limit, Map map) {
  if (limit.none() || gst_caps_is_any(caps)) return gst_caps_ref(caps);
  Sets sets(limit);
  GstCaps* result = gst_caps_new_empty();
  for (guint i = 0; i < gst_caps_get_size(caps); i++) {
    GstStructure* structure = gst_structure_copy(gst_caps_get_structure(caps, i));
    Value all, mapped;
    Value::range(all, 0, 1, G_MAXINT, 1);
    const GValue* rates = gst_structure_get_value(structure, kField);
    if (!map(rates ? rates : all.get(), sets, mapped.get())) {
      gst_structure_free(structure);
      continue;
    }
    gst_structure_set_value(structure, kField, mapped.get());
    gst_caps_append_structure_full(result, structure, gst_caps_features_copy(gst_caps_get_features(caps, i)));
  }
  return result;
}

}  // namespace

GstCaps* limitedCaps(GstCaps* caps, RateLimit limit) {
  return mapRates(caps, limit, limited);
}

GstCaps* limitableCaps(GstCaps* caps, RateLimit limit) {
  return mapRates(caps, limit, limitable);
}

}  // namespace teecam
