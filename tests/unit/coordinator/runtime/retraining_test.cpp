#include "coordinator/runtime/retraining.h"

#include <gtest/gtest.h>

#include "common/architecture/architecture.h"
#include "common/base/error.h"

namespace rondo::runtime {
namespace {

search::History three_trials() {
  search::History history;
  for (std::uint64_t id = 0; id < 3; ++id) {
    proto::Architecture network;
    network.add_blocks()->set_units(10 + static_cast<std::uint32_t>(id));
    network.mutable_optimizer()->set_learning_rate(0.001F);
    network.set_batch_size(32);
    search::Proposal proposal;
    proposal.architecture = canonical_bytes(network);
    history.propose(TrialId(id), proposal);
    history.end(TrialId(id), search::TrialState::completed, Epoch(4 + static_cast<std::uint32_t>(id)), 0.5);
  }
  return history;
}

proto::TrialReport finished(const proto::Assign& assign, proto::Outcome outcome) {
  proto::TrialReport report;
  report.set_assignment(assign.assignment());
  report.add_epochs()->set_train_loss(0.25);
  report.set_segment_done(true);
  report.mutable_end()->set_outcome(outcome);
  report.mutable_end()->set_epochs(assign.last_epoch());
  if (outcome == proto::OUTCOME_COMPLETED) report.set_model("a model");
  return report;
}

TEST(Retraining, TrainsTheFirstOfTheRankingForItsBestNumberOfEpochs) {
  const search::History history = three_trials();
  Retraining retraining(history, {TrialId(2), TrialId(0)}, 3);
  const auto assign = retraining.assign();
  ASSERT_TRUE(assign);
  EXPECT_TRUE(Retraining::is_ours(assign->assignment()));
  EXPECT_EQ(assign->trial(), 2U);
  EXPECT_EQ(assign->first_epoch(), 1U);
  EXPECT_EQ(assign->last_epoch(), 6U);
  EXPECT_TRUE(assign->final());
  EXPECT_FALSE(retraining.assign()) << "one at a time";
  retraining.report(finished(*assign, proto::OUTCOME_COMPLETED));
  ASSERT_TRUE(retraining.over());
  EXPECT_EQ(retraining.result()->trial(), 2U);
  EXPECT_EQ(retraining.result()->train_loss(), 0.25);
  EXPECT_EQ(retraining.result()->model_digest(), to_bytes(sha256("a model")));
  EXPECT_EQ(retraining.model(), "a model");
}

TEST(Retraining, TakesTheNextTrialWhenOneDiverges) {
  const search::History history = three_trials();
  Retraining retraining(history, {TrialId(2), TrialId(0)}, 3);
  retraining.report(finished(*retraining.assign(), proto::OUTCOME_DIVERGED));
  const auto second = retraining.assign();
  ASSERT_TRUE(second);
  EXPECT_EQ(second->trial(), 0U);
  retraining.report(finished(*second, proto::OUTCOME_DIVERGED));
  EXPECT_TRUE(retraining.over());
  EXPECT_FALSE(retraining.result());
  EXPECT_FALSE(retraining.failed());
}

TEST(Retraining, IsGivenOutAgainAfterALossAndFailsAfterTooMany) {
  const search::History history = three_trials();
  Retraining retraining(history, {TrialId(1)}, 2);
  const auto first = retraining.assign();
  retraining.attempt_failed(first->assignment(), "rank 1 is silent");
  const auto second = retraining.assign();
  ASSERT_TRUE(second);
  EXPECT_NE(second->assignment(), first->assignment());
  // A straggler's report of what was taken back does not count.
  retraining.report(finished(*first, proto::OUTCOME_COMPLETED));
  EXPECT_FALSE(retraining.over());
  retraining.attempt_failed(first->assignment(), "again");
  retraining.attempt_failed(second->assignment(), "rank 2 is silent");
  retraining.attempt_failed(retraining.assign()->assignment(), "rank 3 is silent");
  EXPECT_TRUE(retraining.over());
  EXPECT_TRUE(retraining.failed());
  EXPECT_EQ(retraining.last_failure(), "rank 3 is silent");
}

TEST(Retraining, IsOverAtOnceWithoutACompletedTrial) {
  const search::History history;
  Retraining retraining(history, {}, 2);
  EXPECT_TRUE(retraining.over());
  EXPECT_FALSE(retraining.assign());
}

TEST(Retraining, RefusesAResultWithoutItsModel) {
  const search::History history = three_trials();
  Retraining retraining(history, {TrialId(1)}, 2);
  proto::TrialReport report = finished(*retraining.assign(), proto::OUTCOME_COMPLETED);
  report.clear_model();
  EXPECT_THROW(retraining.report(report), Error);
}

}  // namespace
}  // namespace rondo::runtime
