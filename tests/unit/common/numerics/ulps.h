// Errors of double functions against MPFR, in units in the last place.
#pragma once

#include <mpfr.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>

namespace rondo::numerics::test {

// A number of 200 bits.
class Exact {
 public:
  explicit Exact(double value = 0) {
    mpfr_init2(value_, 200);
    mpfr_set_d(value_, value, MPFR_RNDN);
  }
  ~Exact() { mpfr_clear(value_); }
  Exact(const Exact&) = delete;
  Exact& operator=(const Exact&) = delete;
  mpfr_ptr get() { return value_; }

 private:
  mpfr_t value_;
};

// The distance of two neighbouring doubles where |value| lies: 2^-1074 for denormals.
inline double ulp(double value) {
  int exponent = 0;
  if (value == 0) return std::numeric_limits<double>::denorm_min();
  std::frexp(value, &exponent);
  return std::ldexp(1.0, std::max(exponent - 53, -1074));
}

// |given - exact| in ulps of the exact value, which must be within the range of doubles.
inline double error_in_ulps(double given, Exact& exact) {
  const double unit = ulp(mpfr_get_d(exact.get(), MPFR_RNDZ));
  Exact difference;
  mpfr_sub_d(difference.get(), exact.get(), given, MPFR_RNDN);
  mpfr_div_d(difference.get(), difference.get(), unit, MPFR_RNDN);
  return std::abs(mpfr_get_d(difference.get(), MPFR_RNDN));
}

// Uniform in [from, to), from a generator that the C++ standard defines to the bit.
class Sampler {
 public:
  double operator()(double from, double to) {
    return from + (to - from) * (static_cast<double>(engine_() >> 11) * 0x1p-53);
  }
  std::uint64_t bits() { return engine_(); }

 private:
  std::mt19937_64 engine_{20240607};
};

}  // namespace rondo::numerics::test
