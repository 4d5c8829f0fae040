// The cost model's constants from made-up trials.
#include "coordinator/plan/cost_fit.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>

#include "common/random/draws.h"

namespace rondo::plan {
namespace {

// Trials of many sizes that take `a` seconds a multiply-add, `b` a step and `c` an update, off by up to
// `noise`.
std::vector<EpochCost> trials(double a, double b, double c, double noise) {
  const random::Draws draws(random::Key(0x636f7374), random::Stream::split, 0, 0);
  std::vector<EpochCost> result;
  for (std::uint64_t i = 0; i < 40; ++i) {
    const auto draw = [&](std::uint64_t which) {
      return static_cast<double>(draws.uniform_float(4 * i + which));
    };
    EpochCost epoch;
    const double parameters = 100 * std::exp2(14 * draw(0));
    epoch.steps = 1 + std::floor(100 * draw(1));
    epoch.multiply_adds = parameters * epoch.steps * (8 + 120 * draw(2));
    epoch.updates = parameters * epoch.steps;
    epoch.seconds =
        (a * epoch.multiply_adds + b * epoch.steps + c * epoch.updates) * (1 + noise * (draw(3) - 0.5));
    result.push_back(epoch);
  }
  return result;
}

TEST(CostFit, FindsTheConstantsOfExactTrials) {
  const auto fit = fit_costs(trials(1e-11, 3e-7, 5e-10, 0), 1000);
  ASSERT_TRUE(fit);
  EXPECT_EQ(fit->rule.divisor, 1000U);
  EXPECT_EQ(fit->rule.step, 30'000U);
  EXPECT_EQ(fit->rule.weight, 50U);
  EXPECT_NEAR(fit->seconds.median, 1e-11, 1e-13);
  EXPECT_LT(fit->seconds.large_error, 1e-6);
}

TEST(CostFit, FindsNothingBesideMultiplyAddsWhereThereIsNothing) {
  const auto fit = fit_costs(trials(2e-11, 0, 0, 0), 1);
  ASSERT_TRUE(fit);
  EXPECT_EQ(fit->rule.step, 0U);
  EXPECT_EQ(fit->rule.weight, 0U);
}

TEST(CostFit, IsNearWhereTrialsAreOff) {
  const auto fit = fit_costs(trials(1e-11, 3e-7, 5e-10, 0.2), 1);
  ASSERT_TRUE(fit);
  EXPECT_NEAR(static_cast<double>(fit->rule.step), 30'000, 6'000);
  EXPECT_NEAR(static_cast<double>(fit->rule.weight), 50, 15);
  EXPECT_LT(fit->seconds.large_error, 0.12);
  EXPECT_GT(fit->seconds.typical_error, 0.01);
}

TEST(CostFit, SaysNothingOfFewTrialsOrOfOneSize) {
  auto few = trials(1e-11, 3e-7, 5e-10, 0);
  few.resize(least_trials - 1);
  EXPECT_FALSE(fit_costs(few, 1));
  // All the same network: the terms cannot be told apart, and one does for all.
  const std::vector<EpochCost> same(20, EpochCost{1e6, 10, 1e4, 1e-3});
  const auto fit = fit_costs(same, 1);
  ASSERT_TRUE(fit);
  EXPECT_EQ(fit->rule.step, 0U);
  EXPECT_EQ(fit->rule.weight, 0U);
}

}  // namespace
}  // namespace rondo::plan
