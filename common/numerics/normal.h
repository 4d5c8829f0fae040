// Inverse of the standard normal distribution function.
#pragma once

namespace rondo::numerics {

// The x whose normal probability Φ(x) is p; relative error below 1e-15 (measured: 6e-16). p = ½ gives +0, p
// and 1 - p give ±x with equal bits where 1 - p is exact; p = 0 gives -∞, p = 1 gives +∞, anything else
// outside (0, 1) NaN. M. J. Wichura, "Algorithm AS 241: The Percentage Points of the Normal Distribution",
// Applied Statistics 37 (1988), 477-484, routine PPND16, with our own logarithm.
[[nodiscard]] double inverse_normal_cdf(double p);

}  // namespace rondo::numerics
