#include "common/numerics/normal.h"

#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "common/numerics/elementary.h"
#include "common/numerics/polynomial.h"

namespace rondo::numerics {

namespace {

// Φ⁻¹(½ + q) / q - slope on |q| ≤ ¼, in q²; relative to Φ⁻¹ within 2^-57 (least maximum, rounded to doubles).
constexpr double central_slope = 2.5625;
constexpr std::array<double, 15> central = {
    -0x1.c9b3802763e9ap-5, 0x1.4ffddeaa22dbep1,   0x1.71713082db0adp2,  0x1.f55d0d77b383dp3,
    0x1.78494b3fde215p5,   0x1.2ba8d016e2504p7,   0x1.f048176d5409ep8,  0x1.a65612e075588p10,
    0x1.709c19fc9308cp12,  0x1.381826dbd395dp14,  0x1.67cc475c04493p16, -0x1.6938cbc0d81a3p14,
    0x1.ff710a821b27bp21,  -0x1.1b385aaf24be8p24, 0x1.5deceec2c8662p26};

// -Φ⁻¹(t) = slope · (u - zero) + top / bottom with u = √(-log t), top and bottom in u - centre; relative to
// Φ⁻¹ within 2^-58 (least maximum, rounded to doubles).
struct Tail {
  double slope;
  double zero;
  double centre;
  std::array<double, 10> top;
  std::array<double, 9> bottom;
};
constexpr double border = 4.5;
// From t = ¼ to u = border.
constexpr Tail near = {
    1.625,
    0.75,
    1,
    {-0x1.19b3da369f3d7p-4, 0x1.6a556bbd5201cp-4, 0x1.dbdfcb47abb07p-2, 0x1.b95bb3dcf8217p-2,
     0x1.6fd63c38e21a5p-4, -0x1.038b6ba615b8fp-4, -0x1.491268420cb56p-5, -0x1.1d912f92187d5p-7,
     -0x1.87c4713576eb8p-11, -0x1.3913c2f151dc4p-16},
    {0x1p0, 0x1.bc9847b6aca16p1, 0x1.3bb6892db53e1p2, 0x1.dc5d1005b5026p1, 0x1.9f1c998a3b4f3p0,
     0x1.a72c1ad9faf31p-2, 0x1.dfb1a3637f2cp-5, 0x1.03d30fc5a697dp-8, 0x1.736851c9de2d5p-14}};
// On to t = 2^-1074.
constexpr Tail far = {
    1.4375,
    0.375,
    4,
    {-0x1.13388131d8965p-5, 0x1.76aaaf8b47a58p-6, 0x1.ad63227acad92p-6, 0x1.ce7195408d64dp-8,
     0x1.3b11ff20ced98p-11, -0x1.76c6052c6ecf2p-16, -0x1.8d59146f4cde2p-18, -0x1.354a167941398p-22,
     -0x1.4d388753f43bbp-28, -0x1.8f3966dcea4e9p-36},
    {0x1p0, 0x1.f1d82178fcdefp-1, 0x1.86f3507f0b4f1p-2, 0x1.3d795a579b8a7p-4, 0x1.1c19b9e9760fcp-7,
     0x1.1570e69c9b074p-11, 0x1.14a785f775c67p-16, 0x1.e71a1481140f9p-23, 0x1.0be54418ad551p-30}};

// |Φ⁻¹(t)| for 0 < t < ¼.
double tail_value(double t) {
  const auto [high, low] = log_parts(t);
  const double root = std::sqrt(-high);
  const double root_error = -((std::fma(root, root, high) + low) / (root + root));
  const Tail& tail = root <= border ? near : far;
  const double line = root - tail.zero;  // exact
  const double large = tail.slope * line;
  const double large_error = std::fma(tail.slope, line, -large) + tail.slope * root_error;
  const double v = (root - tail.centre) + root_error;
  return large + (large_error + polynomial(tail.top, v) / polynomial(tail.bottom, v));
}

}  // namespace

// A line that is near already, its product's error kept, and a correction of at most a twentieth of it: the
// last addition makes nearly all of the error.
double inverse_normal_cdf(double p) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  if (!(p > 0 && p < 1)) {
    if (p == 0) return -infinity;
    return p == 1 ? infinity : std::bit_cast<double>(std::uint64_t{0x7ff8000000000000});
  }
  if (p < 0.25) return -tail_value(p);
  if (p > 0.75) return tail_value(1 - p);  // exact
  const double q = p - 0.5;                // exact
  const double large = central_slope * q;
  return large + (std::fma(central_slope, q, -large) + q * polynomial(central, q * q));
}

}  // namespace rondo::numerics
