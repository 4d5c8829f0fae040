// Natural logarithm and exponential in double, of our own: the same bits on every CPU and with every libm.
// Basic IEEE operations and std::fma (exact products' errors) in a written order; round to nearest assumed.
#pragma once

namespace rondo::numerics {

// log(x), within 1 ulp (largest error measured: 0.526). log(±0) = -∞, log(+∞) = +∞, log(1) = +0; NaN for x <
// 0 and for NaN.
[[nodiscard]] double log(double x);

// log x = high + low for a finite x > 0: high is log(x), low what its last addition rounded off. Relative to
// log x their sum is within 2^-56 (measured: 2^-56.9; below ¼: 2^-59.2).
struct LogParts {
  double high;
  double low;
};
[[nodiscard]] LogParts log_parts(double x);

// e^x, within 1 ulp (largest error measured: 0.629; below 2^-1022 within 1 ulp of the denormals). exp(±0) =
// 1; +∞ above 709.78…, +0 below -745.13…; NaN for NaN.
[[nodiscard]] double exp(double x);

}  // namespace rondo::numerics
