#include "common/numerics/normal.h"

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

#include "common/numerics/elementary.h"

namespace rondo::numerics {

namespace {

// Ratio of two polynomials of degree 7, coefficients from the constant up.
struct Ratio {
  std::array<double, 8> numerator;
  std::array<double, 8> denominator;

  // Horner's rule, a product and a sum each rounded.
  [[nodiscard]] static double value(const std::array<double, 8>& coefficients, double x) {
    double result = coefficients[7];
    for (std::size_t i = 7; i > 0; --i) result = result * x + coefficients[i - 1];
    return result;
  }
  [[nodiscard]] double top(double x) const { return value(numerator, x); }
  [[nodiscard]] double bottom(double x) const { return value(denominator, x); }
};

// Names as in the paper. Variable: 0.180625 - (p - ½)².
constexpr Ratio central = {
    {3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3, 1.3731693765509461125e4,
     4.5921953931549871457e4, 6.7265770927008700853e4, 3.3430575583588128105e4, 2.5090809287301226727e3},
    {1, 4.2313330701600911252e1, 6.8718700749205790830e2, 5.3941960214247511077e3, 2.1213794301586595867e4,
     3.9307895800092710610e4, 2.8729085735721942674e4, 5.2264952788528545610e3}};
// Variable: √(-log tail) - 1.6, up to √(-log tail) = 5.
constexpr Ratio middle = {{1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0,
                           3.64784832476320460504e0, 1.27045825245236838258e0, 2.41780725177450611770e-1,
                           2.27238449892691845833e-2, 7.74545014278341407640e-4},
                          {1, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1,
                           1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4,
                           1.05075007164441684324e-9}};
// Variable: √(-log tail) - 5.
constexpr Ratio far = {{6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0,
                        2.96560571828504891230e-1, 2.65321895265761230930e-2, 1.24266094738807843860e-3,
                        2.71155556874348757815e-5, 2.01033439929228813265e-7},
                       {1, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
                        7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7,
                        2.04426310338993978564e-15}};

}  // namespace

double inverse_normal_cdf(double p) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  if (!(p > 0 && p < 1)) {
    if (p == 0) return -infinity;
    return p == 1 ? infinity : std::bit_cast<double>(std::uint64_t{0x7ff8000000000000});
  }
  const double q = p - 0.5;
  if (q >= -0.425 && q <= 0.425) {
    const double r = 0.180625 - q * q;
    return q * central.top(r) / central.bottom(r);
  }
  const double tail = q < 0 ? p : 1 - p;
  const double root = std::sqrt(-numerics::log(tail));
  const Ratio& ratio = root <= 5 ? middle : far;
  const double r = root <= 5 ? root - 1.6 : root - 5;
  const double x = ratio.top(r) / ratio.bottom(r);
  return q < 0 ? -x : x;
}

}  // namespace rondo::numerics
