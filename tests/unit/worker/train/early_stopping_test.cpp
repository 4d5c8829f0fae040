#include "worker/train/early_stopping.h"

#include <gtest/gtest.h>

#include <vector>

namespace rondo::train {
namespace {

struct Stop {
  std::uint32_t epochs;  // observed until exhausted, or all
  std::uint32_t best;
};

Stop run(EarlyStopping& stopping, const std::vector<double>& losses) {
  std::uint32_t epoch = 0;
  for (const double loss : losses) {
    stopping.observe(++epoch, loss);
    if (stopping.exhausted()) break;
  }
  return {epoch, stopping.state().best_epoch};
}

TEST(EarlyStopping, EndsAfterPatienceEpochsWithoutABetterOne) {
  EarlyStopping stopping(2, 0.0);
  const Stop stop = run(stopping, {3.0, 2.0, 2.5, 2.25, 1.0});
  EXPECT_EQ(stop.epochs, 4u);
  EXPECT_EQ(stop.best, 2u);
}

TEST(EarlyStopping, ABetterEpochStartsTheCountAgain) {
  EarlyStopping stopping(2, 0.0);
  const Stop stop = run(stopping, {3.0, 3.5, 2.0, 2.5, 1.5, 1.75, 1.6});
  EXPECT_EQ(stop.epochs, 7u);
  EXPECT_EQ(stop.best, 5u);
}

TEST(EarlyStopping, AnEqualLossIsNotBetter) {
  EarlyStopping stopping(3, 0.0);
  const Stop stop = run(stopping, {1.0, 1.0, 1.0, 1.0, 1.0});
  EXPECT_EQ(stop.epochs, 4u);
  EXPECT_EQ(stop.best, 1u);
}

// Small steps down: each is less than min_delta below the best one, so it moves nothing, until their sum is
// enough.
TEST(EarlyStopping, LessThanMinDeltaNeitherCountsNorMovesTheBest) {
  EarlyStopping stopping(10, 0.5);
  const Stop stop = run(stopping, {2.0, 1.75, 1.5, 1.25, 1.0});
  EXPECT_EQ(stop.epochs, 5u);
  EXPECT_EQ(stop.best, 4u);  // 1.5 is not below 2.0 - 0.5, 1.25 is
  EXPECT_EQ(stopping.state().best_loss, 1.25);
  EXPECT_EQ(stopping.state().waited, 1u);
}

TEST(EarlyStopping, PatienceOneEndsAtTheFirstEpochThatIsNotBetter) {
  EarlyStopping stopping(1, 0.0);
  EXPECT_EQ(run(stopping, {5.0, 4.0, 4.0, 1.0}).epochs, 3u);
}

TEST(EarlyStopping, PatienceZeroNeverEnds) {
  EarlyStopping stopping(0, 0.0);
  EXPECT_EQ(run(stopping, std::vector<double>(1000, 1.0)).epochs, 1000u);
}

TEST(EarlyStopping, GoesOnFromARestoredState) {
  const std::vector<double> losses = {3.0, 2.0, 2.5, 2.25, 1.0};
  EarlyStopping first(2, 0.0);
  for (std::uint32_t epoch = 1; epoch <= 3; ++epoch) first.observe(epoch, losses[epoch - 1]);
  EarlyStopping second(2, 0.0);
  second.restore(first.state());
  EXPECT_FALSE(second.exhausted());
  second.observe(4, losses[3]);
  EXPECT_TRUE(second.exhausted());
  EXPECT_EQ(second.state().best_epoch, 2u);
}

}  // namespace
}  // namespace rondo::train
