#include "coordinator/schedule/results.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "tests/unit/coordinator/schedule/scripted_search.h"

namespace rondo::schedule::testing {
namespace {

using ::testing::HasSubstr;

constexpr TrialId trial{7};

TEST(Results, AreEmptyAtFirst) {
  const Results buffer{Epoch(5)};
  EXPECT_EQ(buffer.find(trial, Epoch(1)), nullptr);
  EXPECT_EQ(buffer.end(trial), nullptr);
  EXPECT_EQ(buffer.first_missing(trial), Epoch(1));
}

TEST(Results, TellWhatIsNew) {
  Results buffer{Epoch(9)};
  EXPECT_EQ(buffer.add(trial, results(7, 1, 3), std::nullopt).first_new, Epoch(1));
  EXPECT_EQ(buffer.add(trial, results(7, 1, 3), std::nullopt).first_new, Epoch(0));
  EXPECT_EQ(buffer.add(trial, results(7, 2, 5), std::nullopt).first_new, Epoch(4));
  EXPECT_EQ(buffer.first_missing(trial), Epoch(6));
  EXPECT_EQ(buffer.add(trial, results(7, 6, 6), end_of(7, 6)).first_new, Epoch(6));
  EXPECT_EQ(buffer.first_missing(trial), std::nullopt);
  ASSERT_NE(buffer.end(trial), nullptr);
  EXPECT_EQ(*buffer.end(trial), end_of(7, 6));
}

TEST(Results, CloseGapsInAnyOrder) {
  Results buffer{Epoch(9)};
  EXPECT_EQ(buffer.add(trial, results(7, 7, 8), end_of(7, 8)).first_new, Epoch(7));
  EXPECT_EQ(buffer.add(trial, results(7, 3, 4), std::nullopt).first_new, Epoch(3));
  EXPECT_EQ(buffer.first_missing(trial), Epoch(1));
  EXPECT_NE(buffer.find(trial, Epoch(4)), nullptr);
  EXPECT_EQ(buffer.find(trial, Epoch(5)), nullptr);
  EXPECT_EQ(buffer.add(trial, results(7, 1, 2), std::nullopt).first_new, Epoch(1));
  EXPECT_EQ(buffer.first_missing(trial), Epoch(5));
  EXPECT_EQ(buffer.add(trial, results(7, 4, 7), std::nullopt).first_new, Epoch(5));
  EXPECT_EQ(buffer.first_missing(trial), std::nullopt);
  for (std::uint32_t epoch = 1; epoch <= 8; ++epoch) {
    ASSERT_NE(buffer.find(trial, Epoch(epoch)), nullptr) << epoch;
    EXPECT_EQ(*buffer.find(trial, Epoch(epoch)), result(7, epoch));
  }
}

// The end may have been lost behind the last epoch that a trial can have.
TEST(Results, AskForTheLastEpochAgainUntilItsEndIsKnown) {
  Results buffer{Epoch(2)};
  EXPECT_EQ(buffer.add(trial, results(7, 1, 2), std::nullopt).first_new, Epoch(1));
  EXPECT_EQ(buffer.first_missing(trial), Epoch(2));
  const Added added = buffer.add(trial, results(7, 2, 2), end_of(7, 2));
  EXPECT_EQ(added.first_new, Epoch(2));
  EXPECT_FALSE(added.difference);
  EXPECT_EQ(buffer.first_missing(trial), std::nullopt);
  // And a report without it says nothing against it.
  EXPECT_FALSE(buffer.add(trial, results(7, 1, 2), std::nullopt).difference);
}

// Every field counts, down to the sign of zero and the payload of a NaN.
TEST(Results, NameTheEpochThatDiffers) {
  const std::vector<void (*)(EpochResult&)> changes{
      [](EpochResult& one) { one.train_loss = -one.train_loss; },
      [](EpochResult& one) { one.validation_loss = -0.0; },
      [](EpochResult& one) { one.score = std::numeric_limits<double>::quiet_NaN(); },
      [](EpochResult& one) { one.fingerprint[15] ^= 1U; },
  };
  for (const auto& change : changes) {
    Results buffer{Epoch(9)};
    ASSERT_FALSE(buffer.add(trial, results(7, 1, 4, 0.0), std::nullopt).difference);
    std::vector<EpochResult> other = results(7, 2, 6, 0.0);
    change(other[1]);
    const Added added = buffer.add(trial, other, std::nullopt);
    ASSERT_TRUE(added.difference);
    EXPECT_THAT(*added.difference, HasSubstr("trial 7, epoch 3"));
    EXPECT_EQ(added.first_new, Epoch(0));
    EXPECT_EQ(buffer.first_missing(trial), Epoch(5)) << "nothing of it may be taken";
  }
}

TEST(Results, EqualNaNsAreEqual) {
  Results buffer{Epoch(9)};
  std::vector<EpochResult> diverged = results(7, 1, 1);
  diverged[0].train_loss = std::numeric_limits<double>::quiet_NaN();
  EXPECT_FALSE(buffer.add(trial, diverged, end_of(7, 1, Outcome::diverged)).difference);
  EXPECT_FALSE(buffer.add(trial, diverged, end_of(7, 1, Outcome::diverged)).difference);
}

TEST(Results, AnEndIsPartOfItsEpoch) {
  struct Case {
    const char* what;
    std::uint32_t first_epochs;
    std::optional<TrialEnd> first;
    std::uint32_t then_epochs;
    std::optional<TrialEnd> then;
    const char* place;
  };
  TrialEnd other_weights = end_of(7, 3);
  other_weights.weights_digest[0] ^= 1U;
  const std::vector<Case> cases{
      {"went on, then ended", 3, std::nullopt, 3, end_of(7, 3), "epoch 3"},
      {"ended, then went on", 3, end_of(7, 3), 3, std::nullopt, "epoch 3"},
      {"ended, then an epoch behind it", 3, end_of(7, 3), 4, std::nullopt, "epoch 3"},
      {"an epoch behind it, then ended", 4, std::nullopt, 3, end_of(7, 3), "epoch 3"},
      {"ended, then ended later", 3, end_of(7, 3), 5, end_of(7, 5), "epoch 3"},
      {"ended, then diverged", 3, end_of(7, 3), 3, end_of(7, 3, Outcome::diverged), "epoch 3"},
      {"other weights", 3, end_of(7, 3), 3, other_weights, "epoch 3"},
  };
  for (const Case& one : cases) {
    Results buffer{Epoch(9)};
    ASSERT_FALSE(buffer.add(trial, results(7, 1, one.first_epochs), one.first).difference);
    const Added added = buffer.add(trial, results(7, 1, one.then_epochs), one.then);
    ASSERT_TRUE(added.difference) << one.what;
    EXPECT_THAT(*added.difference, HasSubstr(one.place)) << one.what;
  }
  Results buffer{Epoch(9)};
  ASSERT_FALSE(buffer.add(trial, results(7, 1, 3), end_of(7, 3)).difference);
  EXPECT_FALSE(buffer.add(trial, results(7, 1, 2), std::nullopt).difference)
      << "epochs before it say nothing";
}

TEST(Results, KnowWhatNoWorkerSends) {
  const Results buffer{Epoch(4)};
  EXPECT_TRUE(buffer.well_formed({}, std::nullopt));
  EXPECT_TRUE(buffer.well_formed(results(7, 1, 4), end_of(7, 4)));
  EXPECT_TRUE(buffer.well_formed(results(7, 3, 3), std::nullopt));
  EXPECT_FALSE(buffer.well_formed({}, end_of(7, 1))) << "an end without its epoch";
  EXPECT_FALSE(buffer.well_formed(results(7, 4, 5), std::nullopt)) << "an epoch too many";
  EXPECT_FALSE(buffer.well_formed(results(7, 1, 3), end_of(7, 2))) << "the end of another epoch";
  EXPECT_FALSE(buffer.well_formed(results(7, 1, 3), end_of(7, 3, Outcome::cut))) << "a decision's outcome";
  EXPECT_FALSE(buffer.well_formed(results(7, 1, 3), end_of(7, 3, Outcome::too_large)));
  std::vector<EpochResult> gap = results(7, 1, 3);
  gap.erase(gap.begin() + 1);
  EXPECT_FALSE(buffer.well_formed(gap, std::nullopt));
  EXPECT_FALSE(buffer.well_formed(std::vector<EpochResult>(1), std::nullopt)) << "epoch 0";
  TrialEnd late = end_of(7, 3);
  late.best_epoch = Epoch(4);
  EXPECT_FALSE(buffer.well_formed(results(7, 1, 3), late));
}

}  // namespace
}  // namespace rondo::schedule::testing
