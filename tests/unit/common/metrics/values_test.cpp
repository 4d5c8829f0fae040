#include <gtest/gtest.h>

#include <bit>
#include <limits>
#include <vector>

#include "common/metrics/metrics.h"

namespace rondo::metrics {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr std::uint64_t nan_bits = 0x7ff8000000000000;

std::uint64_t bits(double value) {
  return std::bit_cast<std::uint64_t>(value);
}

// A problem that owns what ValuePredictions points at.
struct Problem {
  std::vector<double> values;
  std::vector<double> truth;
  operator ValuePredictions() const { return {values, truth}; }
};

// The example of scikit-learn's pages on regression metrics: mean squared error 0.375, mean absolute error
// 0.5, R² 0.948…. By hand: errors -½ ½ 0 1; mean truth 2.875; Σ (truth - mean)² = 29.1875.
const Problem example{{2.5, 0.0, 2, 8}, {3, -0.5, 2, 7}};

TEST(Regression, GivesWhatScikitLearnsExamplesGive) {
  EXPECT_EQ(rmse(example), 0x1.3988e1409212ep-1);  // √0.375
  EXPECT_EQ(mae(example), 0.5);
  EXPECT_EQ(r2(example), 1 - 1.5 / 29.1875);
}

TEST(Regression, PerfectPredictions) {
  const Problem perfect{{1, 2, 4}, {1, 2, 4}};
  EXPECT_EQ(rmse(perfect), 0);
  EXPECT_EQ(mae(perfect), 0);
  EXPECT_EQ(r2(perfect), 1);
}

TEST(Regression, TheMeanHasAnR2OfZeroAndWorseIsNegative) {
  EXPECT_EQ(r2(Problem{{2, 2, 2}, {1, 2, 3}}), 0);
  EXPECT_EQ(r2(Problem{{3, 2, 1}, {1, 2, 3}}), -3);
}

// The mean of 0.1, 0.1, 0.1 is not 0.1 in double: constant is what the values are.
TEST(R2, OfAConstantTarget) {
  EXPECT_NE((0.1 + 0.1 + 0.1) / 3, 0.1);
  EXPECT_EQ(r2(Problem{{0.1, 0.1, 0.1}, {0.1, 0.1, 0.1}}), 1);
  EXPECT_EQ(r2(Problem{{0.1, 0.1, 0.2}, {0.1, 0.1, 0.1}}), 0);
  EXPECT_EQ(r2(Problem{{7}, {7}}), 1);
  EXPECT_EQ(r2(Problem{{7}, {8}}), 0);
  EXPECT_EQ(bits(r2(Problem{{nan, 1}, {1, 1}})), nan_bits);
  // Squares of these differences underflow.
  EXPECT_EQ(r2(Problem{{0, 1}, {0, 1e-200}}), 0);
}

// 2^53 swallows a 1 that meets it alone, but not a 2: in the tree only the ones of rows 16 and 8 do, in a
// chain all.
TEST(Regression, SumsInTheFixedTree) {
  Problem problem{std::vector<double>(17, 1), std::vector<double>(17, 0)};
  problem.values[0] = 0x1p53;
  EXPECT_EQ(mae(problem), (0x1p53 + 14) / 17);
}

TEST(Regression, WhatIsNotFinite) {
  EXPECT_EQ(rmse(Problem{{infinity, 1}, {1, 2}}), infinity);
  EXPECT_EQ(mae(Problem{{infinity, 1}, {1, 2}}), infinity);
  EXPECT_EQ(r2(Problem{{infinity, 1}, {1, 2}}), -infinity);
  const Problem broken{{-nan, 1}, {1, 2}};
  EXPECT_EQ(bits(rmse(broken)), nan_bits);
  EXPECT_EQ(bits(mae(broken)), nan_bits);
  EXPECT_EQ(bits(r2(broken)), nan_bits);
}

TEST(Regression, NoRowsGiveNan) {
  EXPECT_EQ(bits(rmse(Problem{})), nan_bits);
  EXPECT_EQ(bits(mae(Problem{})), nan_bits);
  EXPECT_EQ(bits(r2(Problem{})), nan_bits);
}

TEST(RegressionDeathTest, SizesMustFit) {
  EXPECT_DEATH(static_cast<void>(rmse(Problem{{1, 2}, {1}})), "2 predictions for 1 rows");
}

}  // namespace
}  // namespace rondo::metrics
