#include "coordinator/search/history.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

#include "tests/unit/coordinator/search/samples.h"

namespace rondo::search {
namespace {

using ::testing::ElementsAre;

CommittedEpoch epoch(std::uint32_t number) {
  return {.epoch = Epoch(number), .tick = Tick(number), .validation_loss = 1.0 / number, .score = 0.5};
}

TEST(History, FollowsATrialFromProposalToEnd) {
  History history;
  EXPECT_EQ(history.size(), 0u);
  Proposal proposal;
  proposal.architecture = "bytes";
  proposal.ticks_per_epoch = Tick(7);
  history.propose(TrialId(0), proposal);
  EXPECT_EQ(history.size(), 1u);
  EXPECT_EQ(history.trial(TrialId(0)).proposal.architecture, "bytes");
  EXPECT_EQ(history.trial(TrialId(0)).state, TrialState::running);
  EXPECT_EQ(history.trial(TrialId(0)).best_epoch, Epoch(0));

  history.commit_epoch(TrialId(0), epoch(1));
  history.pause(TrialId(0));
  EXPECT_EQ(history.trial(TrialId(0)).state, TrialState::paused);
  history.resume(TrialId(0));
  history.commit_epoch(TrialId(0), epoch(2));
  EXPECT_TRUE(history.ended().empty());
  history.end(TrialId(0), TrialState::completed, Epoch(2), 0.75);

  const TrialRecord& trial = history.trial(TrialId(0));
  EXPECT_EQ(trial.state, TrialState::completed);
  EXPECT_EQ(trial.best_epoch, Epoch(2));
  EXPECT_EQ(trial.best_score, 0.75);
  ASSERT_EQ(trial.epochs.size(), 2u);
  EXPECT_EQ(trial.epochs[1].validation_loss, 0.5);
  EXPECT_EQ(trial.epochs[1].tick, Tick(2));
}

TEST(History, EndsStandInTheOrderOfTheirCommits) {
  History history;
  for (std::uint64_t id = 0; id < 4; ++id) history.propose(TrialId(id), {});
  history.end(TrialId(2), TrialState::diverged, Epoch(0), 0);
  history.end(TrialId(0), TrialState::completed, Epoch(1), 1);
  history.pause(TrialId(3));
  history.end(TrialId(3), TrialState::cut, Epoch(0), 0);
  EXPECT_THAT(history.ended(), ElementsAre(TrialId(2), TrialId(0), TrialId(3)));
  EXPECT_EQ(history.trial(TrialId(1)).state, TrialState::running);
}

TEST(History, ARungKeepsWhatTheBestEpochWasWorthThere) {
  History history(0.125);
  for (std::uint64_t id = 0; id < 2; ++id) history.propose(TrialId(id), {});
  EXPECT_EQ(history.running(), 2u);
  const TrialRecord& trial = history.trial(TrialId(0));
  // The third loss is smaller than the first by less than min_delta, the fourth by as much, the fifth by
  // more.
  const double losses[] = {1, 2, 0.9375, 0.875, 0.8125};
  for (std::uint32_t number = 1; number <= 4; ++number) {
    history.commit_epoch(TrialId(0), {Epoch(number), Tick(number), losses[number - 1], 10.0 * number});
  }
  EXPECT_EQ(trial.best_epoch, Epoch(0));
  history.pause(TrialId(0));
  EXPECT_EQ(trial.rung, Epoch(4));
  EXPECT_EQ(trial.best_epoch, Epoch(1));
  EXPECT_EQ(trial.best_score, 10);
  EXPECT_EQ(history.running(), 1u);

  history.end(TrialId(1), TrialState::diverged, Epoch(0), 0);
  history.resume(TrialId(0));
  history.commit_epoch(TrialId(0), {Epoch(5), Tick(5), losses[4], 50});
  EXPECT_EQ(trial.best_epoch, Epoch(1));  // as of the rung
  history.pause(TrialId(0));
  EXPECT_EQ(trial.best_epoch, Epoch(5));
  history.end(TrialId(0), TrialState::cut, Epoch(0), 0);
  EXPECT_EQ(trial.best_epoch, Epoch(5));
  EXPECT_EQ(trial.best_score, 50);
  EXPECT_EQ(history.running(), 0u);

  ASSERT_EQ(history.pauses().size(), 2u);
  EXPECT_EQ(history.pauses()[0].epoch, Epoch(4));
  EXPECT_EQ(history.pauses()[0].best_score, 10);
  EXPECT_EQ(history.pauses()[0].ended, 0u);
  EXPECT_EQ(history.pauses()[1].trial, TrialId(0));
  EXPECT_EQ(history.pauses()[1].best_score, 50);
  EXPECT_EQ(history.pauses()[1].ended, 1u);
}

// A trial is known once: at its first rung or, if it was at none, at its end.
TEST(History, KnowsWhatEachTrialWasWorthFirst) {
  History history;
  history.propose(TrialId(0), {});
  history.propose(TrialId(1), {});
  testing::pause_at(history, TrialId(0), 2, 0.5);
  history.propose(TrialId(2), {});
  history.resume(TrialId(0));
  testing::pause_at(history, TrialId(0), 4, 0.6);
  history.resume(TrialId(0));
  history.end(TrialId(0), TrialState::completed, Epoch(2), 0.9);
  history.end(TrialId(1), TrialState::diverged, Epoch(1), 0.7);
  history.propose(TrialId(3), {});
  history.end(TrialId(2), TrialState::completed, Epoch(1), 0.2);
  history.end(TrialId(3), TrialState::cut, Epoch(0), 0);
  ASSERT_EQ(history.first_results().size(), 3u);
  EXPECT_EQ(history.first_results()[0].trial, TrialId(0));
  EXPECT_EQ(history.first_results()[0].score, 0.5);
  EXPECT_EQ(history.first_results()[1].trial, TrialId(1));
  EXPECT_NE(history.first_results()[1].score, history.first_results()[1].score);
  EXPECT_EQ(history.first_results()[2].trial, TrialId(2));
  EXPECT_EQ(history.first_results()[2].score, 0.2);
  EXPECT_EQ(history.trial(TrialId(1)).known_before, 0u);
  EXPECT_EQ(history.trial(TrialId(2)).known_before, 1u);
  EXPECT_EQ(history.trial(TrialId(3)).known_before, 2u);
}

TEST(History, ATokenNamesOneObject) {
  History one;
  History two;
  EXPECT_NE(one.token(), two.token());
  const auto token = one.token();
  const History moved = std::move(one);
  EXPECT_EQ(moved.token(), token);
}

// What the schedule must never do is our own bug, and ends the process with a message.
TEST(HistoryDeathTest, RefusesWhatNoJournalHolds) {
  History history;
  EXPECT_DEATH(history.propose(TrialId(1), {}), "trial 1 after 0 trials");
  EXPECT_DEATH((void)history.trial(TrialId(0)), "trial 0 of 0");
  Proposal free_of_charge;
  free_of_charge.ticks_per_epoch = Tick(0);
  EXPECT_DEATH(history.propose(TrialId(0), free_of_charge), "ticks_per_epoch");

  history.propose(TrialId(0), {});
  EXPECT_DEATH(history.commit_epoch(TrialId(0), epoch(2)), "epoch 2 of trial 0 after 0 epochs");
  EXPECT_DEATH(history.resume(TrialId(0)), "trial 0 is in state");
  EXPECT_DEATH(history.end(TrialId(0), TrialState::paused, Epoch(0), 0), "trial 0");
  history.pause(TrialId(0));
  EXPECT_DEATH(history.pause(TrialId(0)), "trial 0 is in state");
  EXPECT_DEATH(history.commit_epoch(TrialId(0), epoch(1)), "trial 0 is in state");
  history.end(TrialId(0), TrialState::cut, Epoch(0), 0);
  EXPECT_DEATH(history.end(TrialId(0), TrialState::completed, Epoch(1), 0), "trial 0 ended before");
}

}  // namespace
}  // namespace rondo::search
