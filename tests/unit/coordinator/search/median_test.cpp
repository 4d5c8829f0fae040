#include "coordinator/search/median.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "tests/unit/coordinator/search/samples.h"

namespace rondo::search {
namespace {

using testing::add;
using ::testing::ElementsAre;
using testing::pause_at;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

proto::MedianSettings settings(std::uint32_t startup, std::uint32_t warmup, std::uint32_t interval) {
  proto::MedianSettings result;
  result.set_startup_trials(startup);
  result.set_warmup_epochs(warmup);
  result.set_interval(interval);
  return result;
}

// A new trial that goes by rungs 2 and 4 with these scores, then ends.
void run(History& history, double at_2, double at_4, TrialState state) {
  const TrialId id = add(history, {}, TrialState::running, 0);
  pause_at(history, id, 2, at_2);
  history.resume(id);
  pause_at(history, id, 4, at_4);
  history.resume(id);
  history.end(id, state, Epoch(4), at_4);
}

TrialId arrive(History& history, std::uint32_t epoch, double score) {
  const TrialId id = add(history, {}, TrialState::running, 0);
  pause_at(history, id, epoch, score);
  return id;
}

std::vector<std::uint32_t> rungs(const Median& median) {
  std::vector<std::uint32_t> result;
  for (auto rung = median.next_rung(TrialId(3), Epoch(0)); rung; rung = median.next_rung(TrialId(3), *rung)) {
    result.push_back(rung->value());
  }
  return result;
}

TEST(Median, JudgesAfterTheWarmUpAndThenAtEqualDistances) {
  EXPECT_THAT(rungs(Median(settings(1, 5, 5), Epoch(21), true)), ElementsAre(5, 10, 15, 20));
  EXPECT_THAT(rungs(Median(settings(1, 3, 4), Epoch(11), true)), ElementsAre(3, 7));
  EXPECT_THAT(rungs(Median(settings(1, 5, 1), Epoch(5), true)), ElementsAre());
  EXPECT_THAT(rungs(Median(settings(1, 5, 1'000'000), Epoch(1'000'000), true)), ElementsAre(5));
  const Median median(settings(1, 3, 4), Epoch(100), true);
  EXPECT_EQ(median.next_rung(TrialId(0), Epoch(2)), Epoch(3));
  EXPECT_EQ(median.next_rung(TrialId(0), Epoch(3)), Epoch(7));
  EXPECT_EQ(median.next_rung(TrialId(0), Epoch(6)), Epoch(7));
  EXPECT_EQ(median.next_rung(TrialId(0), Epoch(95)), Epoch(99));
  EXPECT_EQ(median.next_rung(TrialId(0), Epoch(99)), std::nullopt);
}

// Worked by hand: three completed trials, at epoch 2 worth 0.2, 0.4 and 0.6, at epoch 4 0.5, 0.7 and 0.9.
TEST(Median, StopsWhatIsWorseThanHalfOfTheCompleted) {
  const Median median(settings(3, 2, 2), Epoch(9), true);
  History history;
  run(history, 0.2, 0.5, TrialState::completed);
  run(history, 0.4, 0.7, TrialState::completed);
  run(history, 0.95, 0.99, TrialState::diverged);  // is no measure
  const TrialId early = arrive(history, 2, 0.1);
  EXPECT_EQ(median.promote(history), early);  // two have completed, three are asked for
  history.resume(early);
  run(history, 0.6, 0.9, TrialState::completed);

  const std::vector<std::pair<double, bool>> judged = {
      {0.39, false}, {0.4, true}, {0.41, true}, {nan, false}};
  for (const auto& [score, goes_on] : judged) {
    const TrialId id = arrive(history, 2, score);
    EXPECT_EQ(median.promote(history), goes_on ? std::optional(id) : std::nullopt) << score;
    if (goes_on) history.resume(id);
  }
  // At the next rung it is compared with what they were worth there.
  pause_at(history, early, 4, 0.7);
  EXPECT_EQ(median.promote(history), early);
  history.resume(early);
  pause_at(history, early, 6, 0.0);  // none of them was judged after 6 epochs
  EXPECT_EQ(median.promote(history), early);
  EXPECT_FALSE(median.may_promote_later(history));
}

TEST(Median, OfAnEvenNumberHalfMayBeBetter) {
  const Median median(settings(2, 2, 2), Epoch(9), false);
  History history;
  for (const double score : {1.0, 2.0, 3.0, nan}) run(history, score, 0, TrialState::completed);
  const TrialId id = arrive(history, 2, 2.5);
  EXPECT_EQ(median.promote(history), id);
  history.resume(id);
  arrive(history, 2, 3.5);
  EXPECT_EQ(median.promote(history), std::nullopt);
}

// What is committed behind a pause doesn't change its judgement, whenever it is asked for.
TEST(Median, AJudgementStands) {
  History history;
  const Median asked(settings(1, 2, 2), Epoch(9), true);
  run(history, 0.5, 0.5, TrialState::completed);
  const TrialId stopped = arrive(history, 2, 0.4);
  EXPECT_EQ(asked.promote(history), std::nullopt);
  for (int i = 0; i < 5; ++i) run(history, 0.1, 0.1, TrialState::completed);
  EXPECT_EQ(asked.promote(history), std::nullopt);
  EXPECT_EQ(Median(settings(1, 2, 2), Epoch(9), true).promote(history), std::nullopt);
  EXPECT_EQ(history.trial(stopped).state, TrialState::paused);

  // A trial that was there before and completes later is no measure either.
  History other;
  const TrialId slow = arrive(other, 2, 0.5);
  other.resume(slow);
  const TrialId kept = arrive(other, 2, 0.4);
  other.end(slow, TrialState::completed, Epoch(4), 0.5);
  EXPECT_EQ(asked.promote(other), kept);
  EXPECT_EQ(Median(settings(1, 2, 2), Epoch(9), true).promote(other), kept);
  EXPECT_EQ(asked.promote(history), std::nullopt);
}

}  // namespace
}  // namespace rondo::search
