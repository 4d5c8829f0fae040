// Inverse of the standard normal distribution function.
#pragma once

namespace rondo::numerics {

// The x whose normal probability Φ(x) is p, within 0.75 ulp (largest error measured: 0.687); by an algorithm
// of our own, defined in README.md. Increases from each (n + ½) · 2^-52 to the next; neighbouring doubles
// below 2^-12 may change places by an ulp. p = ½ gives +0, p and 1 - p give ±x with equal bits where 1 - p is
// exact; p = 0 gives -∞, p = 1 gives +∞, anything else outside (0, 1) NaN.
[[nodiscard]] double inverse_normal_cdf(double p);

}  // namespace rondo::numerics
