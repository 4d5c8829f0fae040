#include "common/numerics/improvement.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "tests/unit/common/numerics/ulps.h"

namespace rondo::numerics {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

// log(φ(z) + z · Φ(z)) by MPFR, with Φ(z) = erfc(-z/√2)/2; 200 bits bear what cancels down to z = -1e6.
double exact_improvement(double z) {
  test::Exact root_two;
  test::Exact density;
  test::Exact share;
  test::Exact scale;
  mpfr_sqrt_ui(root_two.get(), 2, MPFR_RNDN);
  mpfr_set_d(density.get(), z, MPFR_RNDN);
  mpfr_sqr(density.get(), density.get(), MPFR_RNDN);
  mpfr_div_si(density.get(), density.get(), -2, MPFR_RNDN);
  mpfr_exp(density.get(), density.get(), MPFR_RNDN);
  mpfr_const_pi(scale.get(), MPFR_RNDN);
  mpfr_mul_ui(scale.get(), scale.get(), 2, MPFR_RNDN);
  mpfr_sqrt(scale.get(), scale.get(), MPFR_RNDN);
  mpfr_div(density.get(), density.get(), scale.get(), MPFR_RNDN);
  mpfr_set_d(share.get(), -z, MPFR_RNDN);
  mpfr_div(share.get(), share.get(), root_two.get(), MPFR_RNDN);
  mpfr_erfc(share.get(), share.get(), MPFR_RNDN);
  mpfr_div_ui(share.get(), share.get(), 2, MPFR_RNDN);
  mpfr_mul_d(share.get(), share.get(), z, MPFR_RNDN);
  mpfr_add(density.get(), density.get(), share.get(), MPFR_RNDN);
  mpfr_log(density.get(), density.get(), MPFR_RNDN);
  return mpfr_get_d(density.get(), MPFR_RNDN);
}

double improvement_error(double z) {
  const double exact = exact_improvement(z);
  return std::abs(log_improvement(z) - exact) / std::max(1.0, std::abs(exact));
}

TEST(LogImprovement, IsWithinItsBound) {
  double worst = 0;
  for (int i = -4000; i <= 4000; ++i) worst = std::max(worst, improvement_error(i * 0x1.8p-9));
  for (int i = 0; i < 2000; ++i) worst = std::max(worst, improvement_error(-2 - i * 0x1p-11));
  for (double z = 1; z < 1e5; z *= 1.01)
    worst = std::max({worst, improvement_error(z), improvement_error(-z)});
  EXPECT_LE(worst, 0x1p-45);
  RecordProperty("worst", std::to_string(std::log2(worst)));
}

// From tables: φ(0) = 0.3989422804; φ(1) + Φ(1) = 0.2419707245 + 0.8413447461.
TEST(LogImprovement, KnownValues) {
  EXPECT_NEAR(std::exp(log_improvement(0)), 0.3989422804, 1e-10);
  EXPECT_NEAR(std::exp(log_improvement(1)), 1.0833154706, 1e-10);
  EXPECT_NEAR(std::exp(log_improvement(-1)), 0.0833154706, 1e-10);
}

TEST(LogImprovement, Grows) {
  for (int i = -4000; i < 4000; ++i)
    EXPECT_LT(log_improvement(i * 0.01), log_improvement((i + 1) * 0.01)) << i;
}

TEST(LogImprovement, SpecialValues) {
  EXPECT_EQ(log_improvement(infinity), infinity);
  EXPECT_EQ(log_improvement(-infinity), -infinity);
  EXPECT_TRUE(std::isnan(log_improvement(std::numeric_limits<double>::quiet_NaN())));
  EXPECT_EQ(log_improvement(-1e160), -infinity);
  EXPECT_NEAR(log_improvement(1e160), 160 * std::log(10.0), 1e-9);
  EXPECT_NEAR(log_improvement(-1e100) / -5e199, 1, 1e-12);
}

}  // namespace
}  // namespace rondo::numerics
