#include "common/numerics/elementary.h"

#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "common/numerics/polynomial.h"

namespace rondo::numerics {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double quiet_nan = std::bit_cast<double>(std::uint64_t{0x7ff8000000000000});

// ln 2 = high + low: the high part has 42 bits, so its product with any exponent is exact.
constexpr double ln2_high = 0x1.62e42fefa38p-1;
constexpr double ln2_low = 0x1.ef35793c7673p-45;
constexpr double log2_e = 0x1.71547652b82fep0;

// (2 artanh(√z) / √z - 2) / z on [0, 0.02944], relative error 2^-54 (Sollya: fpminimax, degree 7).
constexpr std::array<double, 8> log_tail = {
    0x1.5555555555555p-1, 0x1.9999999999d59p-2, 0x1.249249242ee18p-2, 0x1.c71c725c5f797p-3,
    0x1.745cdb74d0df2p-3, 0x1.3b21594819fcdp-3, 0x1.0f4a12e2f9271p-3, 0x1.1023d378b7412p-3,
};

// (e^r - 1 - r - r²/2) / r³ on ±0.34658, relative error 2^-53 (Sollya: fpminimax, degree 9).
constexpr std::array<double, 10> exp_tail = {
    0x1.5555555555556p-3,  0x1.5555555555554p-5,  0x1.111111111070cp-7,  0x1.6c16c16c179fbp-10,
    0x1.a01a01a90168fp-13, 0x1.a01a019c4ee01p-16, 0x1.71de0a3fb7a95p-19, 0x1.27e4f82b185c5p-22,
    0x1.af3f003162c48p-26, 0x1.1f3e52bc276dep-29,
};

}  // namespace

// x = 2^k · m with m in about [√½, √2), and log m = 2 artanh(s) with s = (m - 1) / (m + 1). What is rounded
// off s and off the sum of the two largest terms is kept, so that the last addition makes nearly all of the
// error.
LogParts log_parts(double x) {
  double k = 0;
  if (x < 0x1p-1022) {
    x *= 0x1p54;
    k = -54;
  }
  const auto bits = std::bit_cast<std::uint64_t>(x);
  const std::int64_t exponent = static_cast<std::int64_t>(bits - 0x3fe6a09e667f3bcd) >> 52;
  const double m = std::bit_cast<double>(bits - (static_cast<std::uint64_t>(exponent) << 52));
  k += static_cast<double>(exponent);

  const double above = m - 1;  // exact
  const double sum = m + 1;
  const double sum_error = m - (sum - 1);
  const double s = above / sum;
  const double s_error = (std::fma(-s, sum, above) - s * sum_error) / sum;

  const double large = k * ln2_high;  // exact
  const double high = large + 2 * s;
  const double high_error = 2 * s - (high - large);  // exact: k = 0, or |large| > |2 s|
  const double z = s * s;
  const double low = 2 * s_error + s * z * polynomial(log_tail, z);
  const double rest = high_error + (k * ln2_low + low);
  const double result = high + rest;
  return {result, (high - result) + rest};
}

double log(double x) {
  if (!(x > 0)) return x == 0 ? -infinity : quiet_nan;
  return x == infinity ? x : log_parts(x).high;
}

// x = k · ln 2 + r with |r| ≤ ½ ln 2, in two parts; e^r = 1 + (r + (r²/2 + r³ · tail)), the large sum with
// its error. 2^k is applied in two exact steps, of which only the second can round (to a denormal).
double exp(double x) {
  if (x != x) return quiet_nan;
  if (x > 709.8) return infinity;
  if (x < -745.2) return 0;
  constexpr double to_integer = 0x1.8p52;  // its sum with a small number is rounded to an integer
  const double k = (x * log2_e + to_integer) - to_integer;
  const double from = x - k * ln2_high;  // exact
  const double r = from - k * ln2_low;
  const double r_error = (from - r) - k * ln2_low;

  const double square = r * r;
  const double curved = 0.5 * square + square * r * polynomial(exp_tail, r);
  const double high = 1 + r;
  const double high_error = r - (high - 1);
  const double value = high + (high_error + (r_error + curved));

  const auto exponent = static_cast<std::int64_t>(k);
  const std::int64_t half = exponent / 2;
  const auto power = [](std::int64_t e) {
    return std::bit_cast<double>(static_cast<std::uint64_t>(e + 1023) << 52);
  };
  return value * power(half) * power(exponent - half);
}

}  // namespace rondo::numerics
