#include "common/numerics/elementary.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "tests/unit/common/numerics/ulps.h"

namespace rondo::numerics {
namespace {

using test::error_in_ulps;
using test::Exact;

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double least = std::numeric_limits<double>::denorm_min();
constexpr double most = std::numeric_limits<double>::max();

std::uint64_t bits(double value) {
  return std::bit_cast<std::uint64_t>(value);
}

double log_error(double x) {
  Exact exact(x);
  mpfr_log(exact.get(), exact.get(), MPFR_RNDN);
  return error_in_ulps(log(x), exact);
}

double exp_error(double x) {
  Exact exact(x);
  mpfr_exp(exact.get(), exact.get(), MPFR_RNDN);
  return error_in_ulps(exp(x), exact);
}

// The largest error of `error` over `count` doubles in a row around x.
template <class Error>
double worst_around(double x, int count, Error error) {
  double worst = 0;
  for (int i = -count / 2; i < count / 2; ++i) {
    worst = std::max(worst, error(std::bit_cast<double>(bits(x) + static_cast<std::uint64_t>(i))));
  }
  return worst;
}

// What the header says of log: 0.526 measured.
constexpr double log_bound = 0.54;

TEST(Log, IsWithinItsBoundOnAllScales) {
  test::Sampler sampler;
  double worst = 0;
  for (int i = 0; i < 60000; ++i) {
    // Any positive finite double, denormals included.
    const double x = std::bit_cast<double>(sampler.bits() % bits(infinity));
    if (x > 0) worst = std::max(worst, log_error(x));
  }
  RecordProperty("worst_ulps", std::to_string(worst));
  EXPECT_LT(worst, log_bound);
}

TEST(Log, IsWithinItsBoundAroundOne) {
  test::Sampler sampler;
  double worst = worst_around(1, 4000, log_error);
  for (int i = 0; i < 60000; ++i) worst = std::max(worst, log_error(sampler(0.25, 4)));
  for (int e = 1; e < 53; ++e) {
    for (const double sign : {-1.0, 1.0}) {
      for (int i = 0; i < 200; ++i) {
        worst = std::max(worst, log_error(1 + sign * std::ldexp(sampler(1, 2), -e) / 2));
      }
    }
  }
  RecordProperty("worst_ulps", std::to_string(worst));
  EXPECT_LT(worst, log_bound);
}

// √½ · 2^k is where the exponent changes, and small exponents are where k ln 2 and log m cancel.
TEST(Log, IsWithinItsBoundWhereTheReductionChanges) {
  double worst = 0;
  for (int k = -40; k <= 40; ++k) {
    worst = std::max(worst, worst_around(std::ldexp(0x1.6a09e667f3bcdp-1, k), 400, log_error));
    worst = std::max(worst, worst_around(std::ldexp(1, k), 100, log_error));
  }
  worst = std::max(worst, worst_around(0x1p-1022, 400, log_error));
  RecordProperty("worst_ulps", std::to_string(worst));
  EXPECT_LT(worst, log_bound);
}

TEST(Log, SpecialValues) {
  EXPECT_EQ(bits(log(1)), bits(+0.0));
  EXPECT_EQ(log(0.0), -infinity);
  EXPECT_EQ(log(-0.0), -infinity);
  EXPECT_EQ(log(infinity), infinity);
  EXPECT_EQ(bits(log(-1)), 0x7ff8000000000000u);
  EXPECT_EQ(bits(log(-infinity)), 0x7ff8000000000000u);
  EXPECT_EQ(bits(log(-nan)), 0x7ff8000000000000u);
  EXPECT_EQ(log(least), -0x1.74385446d71c3p+9);  // -744.4400719213812
  EXPECT_EQ(log(most), 0x1.62e42fefa39efp+9);    // 709.782712893384
  EXPECT_EQ(log(2), 0x1.62e42fefa39efp-1);
  EXPECT_EQ(log(0.5), -0x1.62e42fefa39efp-1);
  EXPECT_EQ(log(10), 0x1.26bb1bbb55516p+1);
}

TEST(Log, NeverDecreasesFromOneDoubleToTheNext) {
  for (const double start : {0x1.6a09e667f3bcdp-1, 1.0, 0x1.6a09e667f3bcdp+0, 3.0, 1e-300}) {
    double x = std::bit_cast<double>(bits(start) - 1000);
    for (int i = 0; i < 2000; ++i) {
      const double next = std::nextafter(x, infinity);
      ASSERT_LE(log(x), log(next)) << x;
      x = next;
    }
  }
}

// What the header says of exp: 0.629 measured.
constexpr double exp_bound = 0.65;

// What the header says: 2^-56.9 measured.
TEST(LogParts, AreTheLogarithmAndWhatItsLastAdditionRoundedOff) {
  test::Sampler sampler;
  double worst = 0;
  for (int i = 0; i < 60000; ++i) {
    double x = i % 2 == 0 ? sampler(0.25, 4) : std::bit_cast<double>(sampler.bits() % bits(infinity));
    if (i % 10 == 0) x = 1 + std::ldexp(sampler(-1, 1), -i % 50);
    if (x <= 0 || x == 1) continue;
    const LogParts parts = log_parts(x);
    ASSERT_EQ(parts.high, log(x));
    ASSERT_EQ(parts.high, parts.high + parts.low);
    Exact exact(x);
    mpfr_log(exact.get(), exact.get(), MPFR_RNDN);
    Exact difference;
    mpfr_sub_d(difference.get(), exact.get(), parts.high, MPFR_RNDN);
    mpfr_sub_d(difference.get(), difference.get(), parts.low, MPFR_RNDN);
    mpfr_div(difference.get(), difference.get(), exact.get(), MPFR_RNDN);
    worst = std::max(worst, std::abs(mpfr_get_d(difference.get(), MPFR_RNDN)));
  }
  RecordProperty("worst_exponent", std::to_string(std::log2(worst)));
  EXPECT_LT(worst, 0x1p-56);
}

TEST(Exp, IsWithinItsBoundForNormalResults) {
  test::Sampler sampler;
  double worst = 0;
  for (int i = 0; i < 60000; ++i) worst = std::max(worst, exp_error(sampler(-708.39, 709.78)));
  for (int i = 0; i < 60000; ++i) worst = std::max(worst, exp_error(sampler(-1.5, 1.5)));
  for (int e = 1; e < 60; ++e) {
    for (const double sign : {-1.0, 1.0}) {
      for (int i = 0; i < 100; ++i) worst = std::max(worst, exp_error(sign * std::ldexp(sampler(1, 2), -e)));
    }
  }
  RecordProperty("worst_ulps", std::to_string(worst));
  EXPECT_LT(worst, exp_bound);
}

// (k + ½) ln 2 is where k changes and |r| is largest.
TEST(Exp, IsWithinItsBoundWhereTheReductionChanges) {
  double worst = 0;
  for (int k = -1021; k <= 1022; k += 7) {
    worst = std::max(worst, worst_around((k + 0.5) * 0x1.62e42fefa39efp-1, 100, exp_error));
    worst = std::max(worst, worst_around((k + 1e-9) * 0x1.62e42fefa39efp-1, 20, exp_error));
  }
  RecordProperty("worst_ulps", std::to_string(worst));
  EXPECT_LT(worst, exp_bound);
}

// The last rounding is that to a denormal: half a unit of it, and what the normal result was off by.
TEST(Exp, IsWithinOneUnitForDenormalResults) {
  test::Sampler sampler;
  double worst = 0;
  for (int i = 0; i < 30000; ++i) worst = std::max(worst, exp_error(sampler(-745.13, -708.396)));
  EXPECT_LT(worst, 1);
}

TEST(Exp, SpecialValues) {
  EXPECT_EQ(exp(0.0), 1);
  EXPECT_EQ(exp(-0.0), 1);
  EXPECT_EQ(exp(1), 0x1.5bf0a8b145769p+1);
  EXPECT_EQ(exp(infinity), infinity);
  EXPECT_EQ(bits(exp(-infinity)), bits(+0.0));
  EXPECT_EQ(bits(exp(-nan)), 0x7ff8000000000000u);
  EXPECT_EQ(exp(least), 1);
  EXPECT_EQ(exp(-0x1p-60), 1);
  // The last double with a finite result, and the first without; the last above 0, and the first at it.
  EXPECT_LT(exp(0x1.62e42fefa39efp+9), infinity);
  EXPECT_EQ(exp(0x1.62e42fefa39fp+9), infinity);
  EXPECT_EQ(exp(709.9), infinity);
  EXPECT_EQ(exp(-0x1.74910d52d3051p+9), least);
  EXPECT_EQ(exp(-0x1.74910d52d3052p+9), 0);
  EXPECT_EQ(exp(-1e300), 0);
  EXPECT_EQ(exp(most), infinity);
}

TEST(Exp, UndoesLog) {
  test::Sampler sampler;
  for (int i = 0; i < 20000; ++i) {
    const double x = sampler(0.01, 100);
    // log rounds by up to an ulp of 4.6, which exp turns into a relative error.
    EXPECT_NEAR(exp(log(x)) / x, 1, 0x1p-50);
  }
}

}  // namespace
}  // namespace rondo::numerics
