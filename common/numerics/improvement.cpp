#include "common/numerics/improvement.h"

#include "common/numerics/elementary.h"

namespace rondo::numerics {

namespace {

constexpr double half_log_two_pi = 0x1.d67f1c864beb5p-1;
constexpr double root_half_pi = 0x1.40d931ff62706p+0;  // ½ / φ(0)
constexpr int series_terms = 30;
constexpr int fraction_terms = 100;
constexpr double series_end = 2;

// (φ(t) - t · (1 - Φ(t))) / φ(t) for t >= 0. Below 2 by the series of Φ around 0, whose terms are all
// positive; from there on by the continued fraction of Mills' ratio, from which the difference is had without
// cancelling.
double ratio(double t) {
  if (t < series_end) {
    double sum = 0;
    double term = t;
    for (int k = 0; k < series_terms; ++k) {
      sum += term;
      term = term * (t * t) / (2 * k + 3);
    }
    return 1 - t * (root_half_pi * exp(0.5 * (t * t)) - sum);
  }
  double tail = 0;
  for (int k = fraction_terms; k > 0; --k) tail = k / (t + tail);
  return tail / (t + tail);
}

}  // namespace

double log_improvement(double z) {
  if (z != z) return z;
  const double t = z < 0 ? -z : z;
  if (t > 1e150) return z < 0 ? -0.5 * t * t : log(z);
  const double log_density = -0.5 * (t * t) - half_log_two_pi;
  if (z < 0) return log(ratio(t)) + log_density;
  return log(z + ratio(t) * exp(log_density));
}

}  // namespace rondo::numerics
