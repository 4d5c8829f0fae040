// Correctly rounded results by other means than the kernels': the C library's long double as a filter, MPFR
// where that is too close to a rounding boundary.
#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace rondo::exhaustive {

struct Function {
  std::string_view name;
  long double (*wide)(long double);  // within 2^-58 of its value
  float (*exact)(float);             // by MPFR
  // Where a line of algebra gives the result, it; else nothing. Spares most of the time.
  std::optional<float> (*obvious)(float);
};

[[nodiscard]] std::span<const Function> functions();

struct Rounded {
  float value;
  // Largest k ≤ 62 for which a change of the exact result by 2^-k of itself changes `value`; 0 below 40.
  int closeness;
};
[[nodiscard]] Rounded rounded(const Function& function, float x);

}  // namespace rondo::exhaustive
