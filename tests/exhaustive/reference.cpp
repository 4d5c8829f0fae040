#include "reference.h"

#include <array>
#include <cmath>
#include <limits>
#include <optional>

#include "by_mpfr.h"

namespace rondo::exhaustive {

namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr float nan = std::numeric_limits<float>::quiet_NaN();

// Within a quarter of a step of 1 when |x| < 2^-26; beyond the range of float from 128 on.
std::optional<float> obvious_exp(float x) {
  if (std::fabs(x) < 0x1p-26F) return 1.0F;
  if (x >= 128.0F) return infinity;
  if (x <= -128.0F) return 0.0F;
  return std::nullopt;
}

// x (1 - x²/3 …) is within a quarter of a step of x when |x| < 2^-13; 1 - tanh(10) < 2^-27.
std::optional<float> obvious_tanh(float x) {
  if (std::fabs(x) < 0x1p-13F) return x;
  if (std::fabs(x) >= 10.0F) return std::copysign(1.0F, x);
  return std::nullopt;
}

// 1 - erf(4) < 2^-25.
std::optional<float> obvious_erf(float x) {
  if (std::fabs(x) >= 4.0F) return std::copysign(1.0F, x);
  return std::nullopt;
}

std::optional<float> obvious_log(float x) {
  if (x < 0.0F) return nan;
  return std::nullopt;
}

// x (1 - x/2 …) is within a quarter of a step of x when |x| < 2^-26.
std::optional<float> obvious_log1p(float x) {
  if (x < -1.0F) return nan;
  if (std::fabs(x) < 0x1p-26F) return x;
  return std::nullopt;
}

constexpr std::array<Function, 5> all = {{
    {"exp", [](long double x) { return std::exp(x); }, by_mpfr<mpfr_exp>, obvious_exp},
    {"tanh", [](long double x) { return std::tanh(x); }, by_mpfr<mpfr_tanh>, obvious_tanh},
    {"erf", [](long double x) { return std::erf(x); }, by_mpfr<mpfr_erf>, obvious_erf},
    {"log", [](long double x) { return std::log(x); }, by_mpfr<mpfr_log>, obvious_log},
    {"log1p", [](long double x) { return std::log1p(x); }, by_mpfr<mpfr_log1p>, obvious_log1p},
}};

}  // namespace

std::span<const Function> functions() {
  return all;
}

Rounded rounded(const Function& function, float x) {
  if (const std::optional<float> value = function.obvious(x)) return {*value, 0};
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
