#include "reference.h"

#include <mpfr.h>

#include <array>
#include <cmath>

namespace rondo::exhaustive {

namespace {

// Exponents of float, so that MPFR itself rounds to a denormal (mpfr_subnormalize, once, from the exact
// value).
template <int (*Function)(mpfr_t, const mpfr_t, mpfr_rnd_t)>
float by_mpfr(float x) {
  mpfr_set_emin(-148);
  mpfr_set_emax(128);
  mpfr_t result;
  mpfr_t given;
  mpfr_init2(result, 24);
  mpfr_init2(given, 24);
  mpfr_set_flt(given, x, MPFR_RNDN);
  const int inexact = Function(result, given, MPFR_RNDN);
  mpfr_subnormalize(result, inexact, MPFR_RNDN);
  const float y = mpfr_get_flt(result, MPFR_RNDN);
  mpfr_clear(result);
  mpfr_clear(given);
  return y;
}

constexpr std::array<Function, 5> all = {{
    {"exp", [](long double x) { return std::exp(x); }, by_mpfr<mpfr_exp>},
    {"tanh", [](long double x) { return std::tanh(x); }, by_mpfr<mpfr_tanh>},
    {"erf", [](long double x) { return std::erf(x); }, by_mpfr<mpfr_erf>},
    {"log", [](long double x) { return std::log(x); }, by_mpfr<mpfr_log>},
    {"log1p", [](long double x) { return std::log1p(x); }, by_mpfr<mpfr_log1p>},
}};

}  // namespace

std::span<const Function> functions() {
  return all;
}

Rounded rounded(const Function& function, float x) {
  const long double wide = function.wide(static_cast<long double>(x));
  const auto value = static_cast<float>(wide);
  if (!std::isfinite(wide) || wide == 0.0L) return {value, 0};
  const auto far = [wide](int bits) {
    const long double part = std::ldexp(wide, -bits);
    return static_cast<float>(wide - part) == static_cast<float>(wide + part);
  };
  if (far(40)) return {value, 0};
  int closeness = 40;
  while (closeness < 62 && !far(closeness + 1)) ++closeness;
  return {closeness < 58 ? value : function.exact(x), closeness};
}

}  // namespace rondo::exhaustive
