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

// Φ⁻¹(p) with 200 bits, by Newton's method on Φ(x) = erfc(-x/√2)/2 from a start that is near already; p < ½.
void exact_inverse(double p, double start, test::Exact& x) {
  mpfr_set_d(x.get(), start, MPFR_RNDN);
  test::Exact value;
  test::Exact slope;
  test::Exact root;
  mpfr_sqrt_ui(root.get(), 2, MPFR_RNDN);
  for (int i = 0; i < 4; ++i) {
    mpfr_div(value.get(), x.get(), root.get(), MPFR_RNDN);
    mpfr_neg(value.get(), value.get(), MPFR_RNDN);
    mpfr_erfc(value.get(), value.get(), MPFR_RNDN);
    mpfr_div_ui(value.get(), value.get(), 2, MPFR_RNDN);
    mpfr_sub_d(value.get(), value.get(), p, MPFR_RNDN);
    // φ(x) = exp(-x²/2) / √(2π)
    mpfr_sqr(slope.get(), x.get(), MPFR_RNDN);
    mpfr_div_si(slope.get(), slope.get(), -2, MPFR_RNDN);
    mpfr_exp(slope.get(), slope.get(), MPFR_RNDN);
    mpfr_mul(slope.get(), slope.get(), root.get(), MPFR_RNDN);
    mpfr_div_ui(slope.get(), slope.get(), 2, MPFR_RNDN);
    test::Exact pi;
    mpfr_const_pi(pi.get(), MPFR_RNDN);
    mpfr_sqrt(pi.get(), pi.get(), MPFR_RNDN);
    mpfr_div(slope.get(), slope.get(), pi.get(), MPFR_RNDN);
    mpfr_div(value.get(), value.get(), slope.get(), MPFR_RNDN);
    mpfr_sub(x.get(), x.get(), value.get(), MPFR_RNDN);
  }
}

double relative_error(double p) {
  const double given = inverse_normal_cdf(p);
  test::Exact exact;
  exact_inverse(p, given, exact);
  test::Exact difference;
  mpfr_sub_d(difference.get(), exact.get(), given, MPFR_RNDN);
  mpfr_div(difference.get(), difference.get(), exact.get(), MPFR_RNDN);
  return std::abs(mpfr_get_d(difference.get(), MPFR_RNDN));
}

// The header says 1e-15; the paper says "about 1 part in 10^16" of the formula itself.
TEST(InverseNormalCdf, IsAccurateInTheMiddleAndInTheTails) {
  test::Sampler sampler;
  double worst = 0;
  for (int i = 0; i < 1500; ++i) worst = std::max(worst, relative_error(sampler(1e-6, 0.4999)));
  for (int e = 2; e < 1074; e += 3) worst = std::max(worst, relative_error(std::ldexp(sampler(1, 1.9), -e)));
  // Where one formula follows another: |p - ½| = 0.425, and √(-log p) = 5.
  for (const double p : {0.075, 0.07500001, 0.07499999, 1.3887943864964021e-11, 1.3887e-11, 1.3889e-11}) {
    worst = std::max(worst, relative_error(p));
  }
  RecordProperty("worst", std::to_string(worst * 1e16) + "e-16");
  EXPECT_LT(worst, 1e-15);
}

// Table values with the paper: PPND16(0.25), (0.001), (1e-20).
TEST(InverseNormalCdf, GivesThePapersTestValues) {
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

TEST(InverseNormalCdf, NeverDecreases) {
  double last = -infinity;
  for (int i = 1; i < 20000; ++i) {
    const double x = inverse_normal_cdf(i / 20000.0);
    ASSERT_GT(x, last) << i;
    last = x;
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
