#include "coordinator/search/asha.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <random>

#include "tests/unit/coordinator/search/samples.h"

namespace rondo::search {
namespace {

using testing::add;
using ::testing::ElementsAre;
using testing::pause_at;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

proto::AshaSettings settings(std::uint32_t min_epochs, std::uint32_t reduction) {
  proto::AshaSettings result;
  result.set_min_epochs(min_epochs);
  result.set_reduction(reduction);
  return result;
}

Proposal of_size(std::uint64_t parameters) {
  Proposal proposal;
  proposal.parameters = parameters;
  return proposal;
}

// A new trial that pauses after `epoch` epochs.
TrialId arrive(History& history, double score, std::uint64_t parameters = 1, std::uint32_t epoch = 1) {
  const TrialId id = add(history, of_size(parameters), TrialState::running, 0);
  pause_at(history, id, epoch, score);
  return id;
}

std::vector<std::uint32_t> rungs(const Asha& asha) {
  std::vector<std::uint32_t> result;
  for (auto rung = asha.next_rung(TrialId(3), Epoch(0)); rung; rung = asha.next_rung(TrialId(3), *rung)) {
    result.push_back(rung->value());
  }
  return result;
}

TEST(Asha, RungsAreGeometricAndBelowTheLastEpoch) {
  EXPECT_THAT(rungs(Asha(settings(1, 3), Epoch(81), true)), ElementsAre(1, 3, 9, 27));
  EXPECT_THAT(rungs(Asha(settings(1, 3), Epoch(82), true)), ElementsAre(1, 3, 9, 27, 81));
  EXPECT_THAT(rungs(Asha(settings(5, 2), Epoch(100), true)), ElementsAre(5, 10, 20, 40, 80));
  EXPECT_THAT(rungs(Asha(settings(1, 1000), Epoch(1'000'000), true)), ElementsAre(1, 1000));
  EXPECT_THAT(rungs(Asha(settings(7, 3), Epoch(7), true)), ElementsAre());
  const Asha asha(settings(2, 3), Epoch(20), true);
  EXPECT_EQ(asha.next_rung(TrialId(0), Epoch(5)), Epoch(6));
  EXPECT_EQ(asha.next_rung(TrialId(0), Epoch(6)), Epoch(18));
  EXPECT_EQ(asha.next_rung(TrialId(0), Epoch(18)), std::nullopt);
}

// Worked by hand: η = 3, rungs after 1 and 3 epochs, a higher score is better.
TEST(Asha, PromotesTheBestThirdOfARungTheHighestRungFirst) {
  const Asha asha(settings(1, 3), Epoch(9), true);
  History history;
  arrive(history, 0.5);
  EXPECT_EQ(asha.promote(history), std::nullopt);  // a third of 1 is none
  arrive(history, 0.6);
  EXPECT_EQ(asha.promote(history), std::nullopt);
  arrive(history, 0.4);
  EXPECT_EQ(asha.promote(history), TrialId(1));  // the best of 3
  EXPECT_EQ(asha.promote(history), TrialId(1));  // a question changes nothing
  EXPECT_FALSE(asha.may_promote_later(history));
  history.resume(TrialId(1));
  EXPECT_EQ(asha.promote(history), std::nullopt);
  EXPECT_TRUE(asha.may_promote_later(history));
  arrive(history, 0.7);
  EXPECT_EQ(asha.promote(history), TrialId(3));  // the best of 4, although one has gone on already
  history.resume(TrialId(3));
  arrive(history, 0.3);
  arrive(history, 0.1);
  EXPECT_EQ(asha.promote(history), std::nullopt);  // the best 2 of 6 have gone on
  arrive(history, 0.65);
  EXPECT_EQ(asha.promote(history), TrialId(6));  // takes trial 1's place
  history.resume(TrialId(6));

  pause_at(history, TrialId(1), 3, 0.6);
  pause_at(history, TrialId(3), 3, 0.9);
  EXPECT_EQ(asha.promote(history), std::nullopt);
  pause_at(history, TrialId(6), 3, 0.7);
  arrive(history, 0.8);
  EXPECT_EQ(asha.promote(history), TrialId(3));  // of 3 after 3 epochs, before the 8 after 1
  history.resume(TrialId(3));
  EXPECT_EQ(asha.promote(history), TrialId(7));
  history.resume(TrialId(7));
  EXPECT_EQ(asha.promote(history), std::nullopt);
}

TEST(Asha, TiesGoToFewerParametersThenToTheSmallerId) {
  const Asha asha(settings(1, 2), Epoch(9), false);
  History history;
  arrive(history, 0.5, 7);
  arrive(history, 0.5, 5);
  arrive(history, 0.5, 5);
  arrive(history, nan, 1);
  arrive(history, 0.75, 1);
  arrive(history, nan, 1);
  for (const std::uint64_t id : {1U, 2U, 0U}) {
    EXPECT_EQ(asha.promote(history), TrialId(id));
    history.resume(TrialId(id));
  }
  EXPECT_EQ(asha.promote(history), std::nullopt);
}

// A trial that has ended, for whatever reason, is in no rung that it has not paused at.
TEST(Asha, WhatEndsBeforeARungDoesNotEnterIt) {
  const Asha asha(settings(1, 2), Epoch(9), true);
  History history;
  arrive(history, 0.5);
  add(history, of_size(1), TrialState::diverged, 0);
  add(history, of_size(1), TrialState::too_large, 0);
  add(history, of_size(1), TrialState::completed, 0.25);
  EXPECT_EQ(asha.promote(history), std::nullopt);
  arrive(history, 0.25);
  EXPECT_EQ(asha.promote(history), TrialId(0));
  // Promoted, and diverged behind the rung: its place stays taken, so that a rung's count never shrinks.
  history.resume(TrialId(0));
  history.end(TrialId(0), TrialState::diverged, Epoch(1), 0.5);
  EXPECT_EQ(asha.promote(history), std::nullopt);
  arrive(history, 0.125);
  arrive(history, 0.125);
  EXPECT_EQ(asha.promote(history), TrialId(4));
}

TEST(Asha, JudgesByTheBestEpochUpToTheRung) {
  const Asha asha(settings(2, 2), Epoch(9), true);
  History history;
  for (std::uint64_t id = 0; id < 2; ++id) add(history, of_size(1), TrialState::running, 0);
  history.commit_epoch(TrialId(0), {Epoch(1), Tick(1), 0.25, 0.75});
  history.commit_epoch(TrialId(0), {Epoch(2), Tick(2), 0.5, 0.125});  // a worse loss
  history.pause(TrialId(0));
  pause_at(history, TrialId(1), 2, 0.5);
  EXPECT_EQ(asha.promote(history), TrialId(0));
}

// The paper's algorithm read literally: every rung sorted anew.
std::optional<TrialId> by_the_paper(const History& history, const std::vector<std::uint32_t>& epochs,
                                    std::size_t reduction, bool higher_is_better) {
  for (auto epoch = epochs.rbegin(); epoch != epochs.rend(); ++epoch) {
    std::vector<Standing> rung;
    for (const Pause& pause : history.pauses()) {
      if (pause.epoch != Epoch(*epoch)) continue;
      rung.push_back({pause.best_score, history.trial(pause.trial).proposal.parameters, pause.trial});
    }
    std::sort(rung.begin(), rung.end(),
              [&](const auto& a, const auto& b) { return stands_before(a, b, higher_is_better); });
    rung.resize(rung.size() / reduction);
    for (const Standing& one : rung) {
      const TrialRecord& trial = history.trial(one.id);
      if (trial.state == TrialState::paused && trial.rung == Epoch(*epoch)) return one.id;
    }
  }
  return std::nullopt;
}

// Two searches side by side, so that what is kept of one history never answers for the other.
TEST(Asha, EqualsTheAlgorithmReadLiterally) {
  std::mt19937_64 random(7);
  const auto below = [&](std::uint64_t bound) { return random() % bound; };
  for (const std::uint32_t reduction : {2U, 3U, 4U}) {
    const bool higher = reduction != 3;
    const Asha asha(settings(1, reduction), Epoch(60), higher);
    const std::vector<std::uint32_t> epochs = rungs(asha);
    History histories[2];
    std::uint64_t promotions = 0;
    for (int step = 0; step < 1500; ++step) {
      History& history = histories[below(2)];
      const auto expected = by_the_paper(history, epochs, reduction, higher);
      ASSERT_EQ(asha.promote(history), expected) << "step " << step;
      if (expected && below(4) > 0) {
        history.resume(*expected);
        ++promotions;
        continue;
      }
      if (history.running() < 4) {
        add(history, of_size(1 + below(3)), TrialState::running, 0);
        continue;
      }
      std::vector<TrialId> running;
      for (const TrialRecord& trial : history.trials()) {
        if (trial.state == TrialState::running) running.push_back(trial.id);
      }
      const TrialId id = running[below(running.size())];
      const auto rung =
          asha.next_rung(id, Epoch(static_cast<std::uint32_t>(history.trial(id).epochs.size())));
      if (!rung || below(8) == 0) {
        history.end(id, below(2) == 0 ? TrialState::completed : TrialState::diverged, Epoch(1), 0.5);
      } else {
        pause_at(history, id, rung->value(), below(9) == 0 ? nan : static_cast<double>(below(6)));
      }
    }
    EXPECT_GT(promotions, 100u);
  }
}

}  // namespace
}  // namespace rondo::search
