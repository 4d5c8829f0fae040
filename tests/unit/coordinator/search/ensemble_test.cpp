// Greedy selection, by hand and by its properties.
#include "coordinator/search/ensemble.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "common/base/digest.h"
#include "common/metrics/metrics.h"
#include "common/random/draws.h"

namespace rondo::search {
namespace {

template <typename Number>
Candidate candidate(std::uint64_t trial, const std::vector<Number>& predictions) {
  return {TrialId(trial),
          {reinterpret_cast<const char*>(predictions.data()), predictions.size() * sizeof(Number)}};
}

std::vector<std::uint64_t> picks_of(const proto::Selection& selection) {
  return {selection.picks().begin(), selection.picks().end()};
}

// Pairs of equal rows, one for each half, so that a test need not know which is which.
ValidationTruth values_truth(const std::vector<double>& of_halves, MasterSeed seed) {
  ValidationTruth truth{proto::METRIC_RMSE, 0, {}, std::vector<double>(2 * of_halves.size())};
  const HeldOut halves = hold_out(truth, seed);
  for (std::size_t i = 0; i < of_halves.size(); ++i) {
    truth.values[halves.selection[i]] = of_halves[i];
    truth.values[halves.held_out[i]] = of_halves[i];
  }
  return truth;
}

Candidate values_candidate(std::uint64_t trial, const ValidationTruth& truth, MasterSeed seed,
                           const std::vector<double>& selection, const std::vector<double>& held_out) {
  std::vector<double> predictions(truth.rows());
  const HeldOut halves = hold_out(truth, seed);
  for (std::size_t i = 0; i < selection.size(); ++i) {
    predictions[halves.selection[i]] = selection[i];
    predictions[halves.held_out[i]] = held_out[i];
  }
  return candidate(trial, predictions);
}

// Truth 0 0. Trial 7 says 1 1, trial 3 -3 -3, trial 9 5 5. Alone: 1, 3, 5. Two: 7+7 1, 7+3 -1, 7+9 3: equal,
// so the better-ranked 7. Three: 7 7 3 is (1 + 1 - 3) / 3 = -1/3. Four: with 7 it is 0.
TEST(Ensemble, PicksWhatTheMeanIsBestWith) {
  const MasterSeed seed(1);
  const ValidationTruth truth = values_truth({0, 0}, seed);
  const auto constant = [&](std::uint64_t trial, double value) {
    return values_candidate(trial, truth, seed, {value, value}, {value, value});
  };
  const std::vector<Candidate> candidates{constant(7, 1), constant(3, -3), constant(9, 5)};
  EXPECT_EQ(picks_of(select_ensemble(truth, seed, candidates, 1)), (std::vector<std::uint64_t>{7}));
  // The second pick gains nothing.
  EXPECT_EQ(picks_of(select_ensemble(truth, seed, candidates, 2)), (std::vector<std::uint64_t>{7}));
  EXPECT_EQ(picks_of(select_ensemble(truth, seed, candidates, 3)), (std::vector<std::uint64_t>{7, 7, 3}));
  const proto::Selection selection = select_ensemble(truth, seed, candidates, 6);
  EXPECT_EQ(picks_of(selection), (std::vector<std::uint64_t>{7, 7, 3, 7}));
  ASSERT_EQ(selection.contenders_size(), 3);
  EXPECT_EQ(selection.contenders(0).held_out_score(), 1);
  EXPECT_EQ(selection.contenders(1).held_out_score(), 1) << "the mean of 1, -3 and 5";
  EXPECT_EQ(selection.contenders(1).networks(), 3U);
  EXPECT_EQ(selection.contenders(2).held_out_score(), 0);
  EXPECT_EQ(selection.contenders(2).networks(), 2U);
  EXPECT_EQ(selection.shipped(), proto::CONTENDER_KIND_SELECTION);
  EXPECT_EQ(shipped_weights(selection), (std::map<TrialId, std::uint32_t>{{TrialId(3), 1}, {TrialId(7), 3}}));
  const std::vector<TrialId> ranking{TrialId(7), TrialId(4), TrialId(3), TrialId(9)};
  const Shipped shipped = shipped_trials(selection, ranking, 6);
  EXPECT_EQ(shipped.wanted, 2U);
  EXPECT_EQ(shipped.trials, (std::vector<TrialId>{TrialId(7), TrialId(3), TrialId(4), TrialId(9)}));
  ASSERT_EQ(selection.candidates_size(), 3);
  EXPECT_EQ(selection.candidates(1).trial(), 3U);
  EXPECT_EQ(selection.candidates(1).selection_score(), 3);
  EXPECT_EQ(selection.candidates(1).held_out_score(), 3);
  EXPECT_EQ(selection.candidates(1).predictions_digest(), to_bytes(sha256(candidates[1].predictions)));
}

TEST(Ensemble, KeepsWhatTheHeldOutRowsPreferAndTheMeanOfEquals) {
  const MasterSeed seed(5);
  const ValidationTruth truth = values_truth({0, 0, 0}, seed);
  const auto split = [&](std::uint64_t trial, double selection, double held_out) {
    return values_candidate(trial, truth, seed, {selection, selection, selection},
                            {held_out, held_out, held_out});
  };
  const std::vector<TrialId> ranking{TrialId(1), TrialId(2), TrialId(3)};
  // The selection is perfect on its own half and far off on the other.
  std::vector<Candidate> candidates{split(1, 2, 2), split(2, -2, 7), split(3, 3, 3)};
  proto::Selection selection = select_ensemble(truth, seed, candidates, 2);
  EXPECT_EQ(selection.contenders(2).selection_score(), 0);
  EXPECT_EQ(selection.contenders(2).held_out_score(), 4.5) << "of 2 and 7";
  EXPECT_EQ(selection.contenders(1).held_out_score(), 4.5);
  EXPECT_EQ(selection.contenders(0).held_out_score(), 2);
  EXPECT_EQ(selection.shipped(), proto::CONTENDER_KIND_WINNER);
  EXPECT_TRUE(shipped_weights(selection).empty());
  EXPECT_EQ(shipped_trials(selection, ranking, 2).wanted, 1U);
  // The leaderboard's first is not the first half's best, which stands for the winner there: trial 3, and 3
  // and 1.
  candidates = {split(1, 1, -5), split(2, 1.5, -2), split(3, 0, 9)};
  selection = select_ensemble(truth, seed, candidates, 2);
  EXPECT_EQ(selection.contenders(0).held_out_score(), 9);
  EXPECT_EQ(selection.contenders(1).held_out_score(), 2);
  EXPECT_EQ(selection.contenders(2).networks(), 1U);
  EXPECT_EQ(picks_of(selection), (std::vector<std::uint64_t>{2})) << "by all rows";
  EXPECT_EQ(selection.shipped(), proto::CONTENDER_KIND_MEAN);
  EXPECT_TRUE(shipped_weights(selection).empty());
  EXPECT_EQ(shipped_trials(selection, ranking, 2).wanted, 2U);
  EXPECT_EQ(shipped_trials(selection, ranking, 2).trials, ranking);
  // Equal ones on the first half go by trial number, not by a rank that has seen the second half.
  candidates = {split(3, 1, 0), split(1, 1, 8), split(2, 1, 4)};
  EXPECT_EQ(select_ensemble(truth, seed, candidates, 1).contenders(0).held_out_score(), 8);
  EXPECT_EQ(select_ensemble(truth, seed, candidates, 2).contenders(1).held_out_score(), 6);
  EXPECT_EQ(select_ensemble(truth, seed, candidates, 1).contenders(2).held_out_score(), 8);
  EXPECT_EQ(picks_of(select_ensemble(truth, seed, candidates, 1)), (std::vector<std::uint64_t>{3}));
  // All three are equal: the mean, as without the rule; then the simplest.
  candidates = {split(1, 1, 1), split(2, 1, 1), split(3, 1, 1)};
  EXPECT_EQ(select_ensemble(truth, seed, candidates, 3).shipped(), proto::CONTENDER_KIND_MEAN);
  candidates = {split(1, 0, 1), split(2, 5, 9), split(3, 5, 9)};
  selection = select_ensemble(truth, seed, candidates, 3);
  EXPECT_EQ(selection.contenders(0).held_out_score(), selection.contenders(2).held_out_score());
  EXPECT_EQ(selection.shipped(), proto::CONTENDER_KIND_WINNER);
}

TEST(Ensemble, HalvesTheRowsOfEveryClass) {
  ValidationTruth truth{proto::METRIC_ACCURACY, 3, {}, {}};
  for (std::uint32_t row = 0; row < 41; ++row) truth.classes.push_back(row % 7 == 0 ? 2 : row % 2);
  const HeldOut halves = hold_out(truth, MasterSeed(3));
  EXPECT_EQ(halves.selection.size(), 21U);
  EXPECT_EQ(halves.held_out.size(), 20U);
  std::vector<std::uint32_t> all;
  std::merge(halves.selection.begin(), halves.selection.end(), halves.held_out.begin(), halves.held_out.end(),
             std::back_inserter(all));
  std::vector<std::uint32_t> rows(41);
  std::iota(rows.begin(), rows.end(), 0U);
  EXPECT_EQ(all, rows) << "each row is in one half, in ascending order";
  for (std::uint32_t label = 0; label < 3; ++label) {
    const auto count = [&](const std::vector<std::uint32_t>& half) {
      return std::ranges::count(half, label, [&](std::uint32_t row) { return truth.classes[row]; });
    };
    EXPECT_LE(std::abs(count(halves.selection) - count(halves.held_out)), 1) << "class " << label;
  }
  EXPECT_NE(hold_out(truth, MasterSeed(4)).selection, halves.selection) << "the seed has no part in it";
}

TEST(Ensemble, OneRowIsTheSelectionsAndTheMeanIsKept) {
  const ValidationTruth truth{proto::METRIC_LOG_LOSS, 1, {1}, {}};
  const std::vector<Candidate> candidates{candidate<float>(0, {0.25F}), candidate<float>(1, {0.75F})};
  const proto::Selection selection = select_ensemble(truth, MasterSeed(0), candidates, 3);
  EXPECT_EQ(picks_of(selection), (std::vector<std::uint64_t>{1}));
  EXPECT_EQ(selection.held_out_rows(), 0U);
  EXPECT_TRUE(std::isnan(selection.contenders(2).held_out_score()));
  EXPECT_EQ(selection.shipped(), proto::CONTENDER_KIND_MEAN);
}

// Of random predictions, for every metric: the selection is as good as the best candidate on the rows that it
// was selected by, and no beginning of the picks is better.
TEST(Ensemble, IsNeverWorseThanTheBestCandidateOnTheRowsOfTheSelection) {
  constexpr std::uint32_t rows = 31;
  constexpr std::uint32_t trials = 8;
  for (const proto::Metric metric : {proto::METRIC_ACCURACY, proto::METRIC_LOG_LOSS, proto::METRIC_ROC_AUC,
                                     proto::METRIC_RMSE, proto::METRIC_MAE, proto::METRIC_R2}) {
    const bool values = metric >= proto::METRIC_RMSE;
    const bool higher = metrics::higher_is_better(metric);
    for (std::uint32_t round = 0; round < 20; ++round) {
      const random::Draws draws(random::Key(9), random::Stream::augmentation, 0, round);
      const std::size_t columns = values ? 0 : 1 + 2 * (round % 2);
      ValidationTruth truth{metric, columns, {}, {}};
      for (std::uint32_t row = 0; row < rows; ++row) {
        if (values) truth.values.push_back(draws.normal(row));
        if (!values)
          truth.classes.push_back(static_cast<std::uint32_t>(draws.bounded(row, columns > 1 ? 3 : 2)));
      }
      std::vector<Candidate> candidates;
      for (std::uint32_t trial = 0; trial < trials; ++trial) {
        std::vector<float> probabilities(rows * columns);
        std::vector<double> numbers(values ? rows : 0);
        for (std::size_t i = 0; i < probabilities.size(); ++i)
          probabilities[i] = draws.uniform_float(1000 * (trial + 1) + i);
        for (std::size_t i = 0; i < numbers.size(); ++i)
          numbers[i] = truth.values[i] + draws.normal(1000 * (trial + 1) + i);
        candidates.push_back(values ? candidate(trial, numbers) : candidate(trial, probabilities));
      }
      const proto::Selection selection = select_ensemble(truth, MasterSeed(round), candidates, 12);
      const double selected = selection.contenders(2).selection_score();
      for (const proto::Candidate& one : selection.candidates()) {
        EXPECT_TRUE(higher ? selected >= one.selection_score() : selected <= one.selection_score())
            << metrics::metric_name(metric) << ", round " << round;
      }
      for (std::uint32_t fewer = 1; fewer < 12; ++fewer) {
        const proto::Selection shorter = select_ensemble(truth, MasterSeed(round), candidates, fewer);
        ASSERT_LE(shorter.picks_size(), static_cast<int>(fewer));
        const double score = shorter.contenders(2).selection_score();
        EXPECT_TRUE(higher ? selected >= score : selected <= score) << "after " << fewer << " picks";
      }
    }
  }
}

}  // namespace
}  // namespace rondo::search
