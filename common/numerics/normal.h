// Inverse of the standard normal distribution function.
#pragma once

namespace rondo::numerics {

// The x whose normal probability Φ(x) is p, within 0.75 ulp (largest error measured: 0.687). It never
// decreases from one p to the next down to p = 2^-12, and by no more than an ulp nearer to 0. p = ½ gives +0,
// p and 1 - p give ±x with equal bits where 1 - p is exact; p = 0 gives -∞, p = 1 gives +∞, anything else
// outside (0, 1) NaN. Our own approximation, defined in README.md.
[[nodiscard]] double inverse_normal_cdf(double p);

}  // namespace rondo::numerics
