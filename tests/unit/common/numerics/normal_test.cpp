#include "common/numerics/normal.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "tests/unit/common/numerics/ulps.h"

namespace rondo::numerics {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

std::uint64_t bits(double value) {
  return std::bit_cast<std::uint64_t>(value);
}

// |Φ⁻¹(t)| with 200 bits for t ≤ ½, by Newton's method on Φ(-x) = erfc(x/√2)/2 from a start that is near
// already.
void exact_inverse(double t, double start, test::Exact& x) {
  static test::Exact root_two;
  static test::Exact root_two_pi;
  mpfr_sqrt_ui(root_two.get(), 2, MPFR_RNDN);
  mpfr_const_pi(root_two_pi.get(), MPFR_RNDN);
  mpfr_mul_ui(root_two_pi.get(), root_two_pi.get(), 2, MPFR_RNDN);
  mpfr_sqrt(root_two_pi.get(), root_two_pi.get(), MPFR_RNDN);
  mpfr_set_d(x.get(), start, MPFR_RNDN);
  test::Exact value;
  test::Exact slope;
  for (int i = 0; i < 2; ++i) {
    mpfr_div(value.get(), x.get(), root_two.get(), MPFR_RNDN);
    mpfr_erfc(value.get(), value.get(), MPFR_RNDN);
    mpfr_div_ui(value.get(), value.get(), 2, MPFR_RNDN);
    mpfr_sub_d(value.get(), value.get(), t, MPFR_RNDN);
    // φ(x) = exp(-x²/2) / √(2π)
    mpfr_sqr(slope.get(), x.get(), MPFR_RNDN);
    mpfr_div_si(slope.get(), slope.get(), -2, MPFR_RNDN);
    mpfr_exp(slope.get(), slope.get(), MPFR_RNDN);
    mpfr_div(slope.get(), slope.get(), root_two_pi.get(), MPFR_RNDN);
    mpfr_div(value.get(), value.get(), slope.get(), MPFR_RNDN);
    mpfr_add(x.get(), x.get(), value.get(), MPFR_RNDN);
  }
}

// In ulps, p ≠ ½. The sign is looked at too.
double error(double p) {
  const double given = p < 0.5 ? -inverse_normal_cdf(p) : inverse_normal_cdf(p);
  test::Exact exact;
  exact_inverse(p < 0.5 ? p : 1 - p, given, exact);
  return test::error_in_ulps(given, exact);
}

// The largest error of `count` doubles in a row around p.
double worst_around(double p, int count) {
  double worst = 0;
  for (int i = -count / 2; i < count / 2; ++i) {
    worst = std::max(worst, error(std::bit_cast<double>(bits(p) + static_cast<std::uint64_t>(i))));
  }
  return worst;
}

// Uniform in the binade that starts at 2^exponent.
double in_binade(test::Sampler& sampler, int exponent) {
  return std::ldexp(sampler(1, 2), exponent);
}

// The point of common/random's normals.
double grid_point(std::uint64_t n) {
  return (static_cast<double>(n) + 0.5) * 0x1p-52;
}

// What the header says: 0.687 measured to u = 4.5, 0.524 above.
constexpr double bound = 0.75;
constexpr double far_bound = 0.55;
constexpr double far_border = 0x1.b93de1e27ca3bp-30;  // e^(-4.5²)

TEST(InverseNormalCdf, IsWithinItsBoundInTheMiddle) {
  test::Sampler sampler;
  double worst = 0;
  for (int i = 0; i < 8000; ++i) worst = std::max(worst, error(sampler(0.25, 0.75)));
  for (int i = 0; i < 2000; ++i) worst = std::max(worst, error(sampler(0.25, 0.27)));
  for (int e = 3; e <= 52; ++e) {
    for (int i = 0; i < 40; ++i) {
      const double q = in_binade(sampler, -e);
      worst = std::max({worst, error(0.5 - q), error(0.5 + q)});
    }
  }
  worst = std::max({worst, error(0.5 - 0x1p-54), error(0.5 + 0x1p-53)});
  RecordProperty("worst_ulps", std::to_string(worst));
  EXPECT_LT(worst, bound);
}

TEST(InverseNormalCdf, IsWithinItsBoundInTheTails) {
  test::Sampler sampler;
  double worst = 0;
  for (int i = 0; i < 8000; ++i) worst = std::max(worst, error(sampler(0x1p-20, 0.25)));
  for (int i = 0; i < 4000; ++i) worst = std::max(worst, error(sampler(0.75, 1)));
  for (int e = 3; e <= 30; ++e) {
    for (int i = 0; i < 200; ++i) worst = std::max(worst, error(in_binade(sampler, -e)));
  }
  RecordProperty("worst_ulps", std::to_string(worst));
  EXPECT_LT(worst, bound);
}

TEST(InverseNormalCdf, IsWithinItsBoundFarOut) {
  test::Sampler sampler;
  double worst = 0;
  for (int e = 31; e <= 1074; e += 2) {
    for (int i = 0; i < 3; ++i) worst = std::max(worst, error(in_binade(sampler, -e)));
  }
  for (int e = 31; e <= 53; ++e) {
    for (int i = 0; i < 60; ++i) {
      const double t = in_binade(sampler, -e);
      worst = std::max({worst, error(t), error(1 - t)});
    }
  }
  for (int n = 1; n <= 60; ++n) {
    const double step = n;
    worst = std::max({worst, error(step * 0x1p-1074), error(1 - step * 0x1p-53)});
  }
  worst = std::max(worst, worst_around(0x1p-1022, 40));
  RecordProperty("worst_ulps", std::to_string(worst));
  EXPECT_LT(worst, far_bound);
}

// ¼ and ¾, u = 4.5, and where the logarithm's exponent changes.
TEST(InverseNormalCdf, IsWithinItsBoundWhereOneFormulaFollowsAnother) {
  double worst = 0;
  for (const double p : {0.25, 0.75, far_border, 1 - far_border})
    worst = std::max(worst, worst_around(p, 1000));
  for (int k = -1; k >= -28; --k)
    worst = std::max(worst, worst_around(std::ldexp(0x1.6a09e667f3bcdp-1, k), 100));
  RecordProperty("worst_ulps", std::to_string(worst));
  EXPECT_LT(worst, bound);
}

TEST(InverseNormalCdf, IsWithinItsBoundAndGrowsOnTheGridOfTheNormals) {
  test::Sampler sampler;
  double worst = 0;
  for (int i = 0; i < 8000; ++i) {
    // All sizes of n: the ends of the grid, too.
    const std::uint64_t n = sampler.bits() >> (12 + sampler.bits() % (i % 2 == 0 ? 1 : 52));
    const double p = grid_point(n);
    worst = std::max({worst, error(p), error(1 - p)});
    if (n + 1 < std::uint64_t{1} << 52) {
      ASSERT_LT(inverse_normal_cdf(p), inverse_normal_cdf(grid_point(n + 1))) << n;
    }
  }
  for (std::uint64_t n = 0; n < 300; ++n)
    worst = std::max({worst, error(grid_point(n)), error(1 - grid_point(n))});
  RecordProperty("worst_ulps", std::to_string(worst));
  EXPECT_LT(worst, bound);
}

// Φ⁻¹(¼), (0.001) and (1e-20): test values of Wichura, Algorithm AS 241, Applied Statistics 37, 1988,
// 477-484.
TEST(InverseNormalCdf, GivesKnownValues) {
  EXPECT_NEAR(inverse_normal_cdf(0.25), -0.6744897501960817, 1e-15);
  EXPECT_NEAR(inverse_normal_cdf(0.001), -3.090232306167814, 4e-15);
  EXPECT_NEAR(inverse_normal_cdf(1e-20), -9.262340089798408, 1e-14);
}

TEST(InverseNormalCdf, IsSymmetricToTheBit) {
  test::Sampler sampler;
  for (int i = 0; i < 20000; ++i) {
    const double p = static_cast<double>(2 * (sampler.bits() >> 12) + 1) * 0x1p-53;
    EXPECT_EQ(inverse_normal_cdf(p), -inverse_normal_cdf(1 - p));
  }
}

// Nearer to 0 neighbours of p are closer than the rounding of x, and may change places by an ulp.
TEST(InverseNormalCdf, NeverDecreasesFromOneDoubleToTheNext) {
  test::Sampler sampler;
  for (int e = 1; e <= 12; ++e) {
    double p = in_binade(sampler, -e);
    double last = inverse_normal_cdf(p);
    for (int i = 0; i < 20000; ++i) {
      p = std::nextafter(p, 1.0);
      const double x = inverse_normal_cdf(p);
      ASSERT_LE(last, x) << p;
      last = x;
    }
  }
  double last = -infinity;
  for (const double border : {0.25, 0.5, 0.75}) {
    double p = std::bit_cast<double>(bits(border) - 1000);
    for (int i = 0; i < 2000; ++i) {
      const double x = inverse_normal_cdf(p);
      ASSERT_LE(last, x) << p;
      last = x;
      p = std::nextafter(p, 1.0);
    }
  }
}

TEST(InverseNormalCdf, SpecialValues) {
  EXPECT_EQ(bits(inverse_normal_cdf(0.5)), bits(+0.0));
  EXPECT_EQ(inverse_normal_cdf(0), -infinity);
  EXPECT_EQ(inverse_normal_cdf(1), infinity);
  for (const double p :
       {-0x1p-1074, 1 + 0x1p-52, -1.0, 2.0, infinity, -infinity, std::numeric_limits<double>::quiet_NaN()}) {
    EXPECT_EQ(bits(inverse_normal_cdf(p)), 0x7ff8000000000000u) << p;
  }
  EXPECT_NEAR(inverse_normal_cdf(std::numeric_limits<double>::denorm_min()), -38.4674, 1e-4);
}

}  // namespace
}  // namespace rondo::numerics
