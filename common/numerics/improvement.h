// The logarithm of expected improvement, of a standard normal variable beyond a bound.
#pragma once

namespace rondo::numerics {

// log(φ(z) + z · Φ(z)), φ and Φ being the standard normal density and distribution function: the logarithm of
// the expected improvement in units of the standard deviation, which itself underflows for z far below 0
// (S. Ament et al., "Unexpected Improvements to Expected Improvement for Bayesian Optimization", NeurIPS
// 2023). By an algorithm of our own, defined in README.md. Off by at most 2^-45 of max(1, |result|); largest
// error measured: 2^-45.9. z = +∞ gives +∞, -∞ gives -∞, NaN gives NaN.
[[nodiscard]] double log_improvement(double z);

}  // namespace rondo::numerics
