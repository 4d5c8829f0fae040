#include "coordinator/search/gp_model.h"

#include <gtest/gtest.h>

#include <cmath>

namespace rondo::search {
namespace {

// L Lᵀ with L = 2; 1 3; 3 -1 2.
TEST(Cholesky, FactorsSolvesAndInverts) {
  const Cholesky factor({{4}, {2, 10}, {6, 0, 14}}, 0x1p-40);
  EXPECT_EQ(factor.product({1, 2, 3}), (std::vector<double>{2, 7, 7}));
  EXPECT_EQ(factor.forward({4, 11, 9}), (std::vector<double>{2, 3, 3}));
  EXPECT_EQ(factor.backward({2, 2, 4}), (std::vector<double>{(-4 - 4.0 / 3) / 2, 4.0 / 3, 2}));
  EXPECT_EQ(factor.squares({4, 2, 11, 1, 9, 3}, 2), (std::vector<double>{22, 1}));
  const auto inverse = factor.inverse();
  // A⁻¹ by its cofactors, over the determinant 144.
  const double expected[3][3] = {{140, -28, -60}, {-28, 20, 12}, {-60, 12, 36}};
  for (std::size_t i = 0; i < 3; ++i) {
    for (std::size_t j = 0; j <= i; ++j) EXPECT_NEAR(inverse[i][j], expected[i][j] / 144, 1e-15);
  }
}

TEST(Cholesky, APivotHasALeast) {
  const Cholesky factor({{1}, {1, 1}}, 0.25);
  EXPECT_EQ(factor.forward({1, 2}), (std::vector<double>{1, 2}));
}

GpColumns line(const std::vector<double>& places) {
  return {{true, places}};
}

// Two trials one length apart: k(1) = (1 + √5 + 5/3) exp(-√5) = 0.523994…
TEST(GpModel, PredictsByHand) {
  GpLengths lengths{{0.0}, -14};
  const GpModel model(line({0, 1}), {1, -1}, lengths);
  const auto at = model.predict(line({0, 0.5, 1}), 3);
  EXPECT_NEAR(at.means[0], 1, 1e-5);
  EXPECT_NEAR(at.means[1], 0, 1e-12);
  EXPECT_NEAR(at.means[2], -1, 1e-5);
  const double near = 0.523994;
  const double half = (1 + std::sqrt(5) / 2 + 5.0 / 12) * std::exp(-std::sqrt(5) / 2);
  const double scale = 1 / (1 - near);  // yᵀ K⁻¹ y / 2 with y = (1, -1)
  EXPECT_NEAR(at.deviations[1], std::sqrt((1 - 2 * half * half / (1 + near)) * scale), 1e-4);
  EXPECT_LT(at.deviations[0], 0.01);
}

TEST(GpModel, ABelievedTrialNarrowsAndMovesNothing) {
  const GpLengths lengths{{-1.0}, -8};
  const GpModel alone(line({0, 1}), {1, -1}, lengths);
  const GpModel beside(line({0, 1, 0.5}), {1, -1}, lengths);
  const auto before = alone.predict(line({0.5, 0.6}), 2);
  const auto after = beside.predict(line({0.5, 0.6}), 2);
  EXPECT_EQ(before.means, after.means);
  EXPECT_LT(after.deviations[0], 0.1 * before.deviations[0]);
  EXPECT_LT(after.deviations[1], before.deviations[1]);
}

TEST(GpModel, UnorderedPlacesAreTheSameOrNot) {
  const GpModel model({{false, {0, 1}}}, {1, -1}, {{0.0}, -8});
  const auto at = model.predict({{false, {0, 1, 2, -1}}}, 4);
  EXPECT_GT(at.means[0], 0.9);
  EXPECT_EQ(at.means[2], at.means[3]);
  EXPECT_NEAR(at.means[2], 0, 1e-12);
}

// A wave along the first gene, the second one idle: a short length, and a long one.
TEST(GpModel, FitsWhatMatters) {
  GpColumns columns(2);
  std::vector<double> values;
  for (int i = 0; i < 30; ++i) {
    columns[0].places.push_back(i * 7 % 30 / 29.0);
    columns[1].places.push_back(i * 11 % 30 / 29.0);
    values.push_back(std::sin(12 * columns[0].places.back()));
  }
  const GpLengths lengths = fitted(columns, values, prior_lengths(2), 0.5, 24);
  EXPECT_LT(lengths.lengths[0] + 1, lengths.lengths[1]);
  EXPECT_LT(lengths.noise, -8);
}

}  // namespace
}  // namespace rondo::search
