#include "coordinator/runtime/retraining.h"

#include <gtest/gtest.h>

#include "common/architecture/architecture.h"
#include "common/base/error.h"
#include "common/experiment/canonical.h"

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

proto::Model model_of(std::uint64_t trial) {
  proto::Model model;
  model.add_networks()->set_trial(trial);
  return model;
}

proto::TrialReport finished(const proto::Assign& assign, proto::Outcome outcome = proto::OUTCOME_COMPLETED) {
  proto::TrialReport report;
  report.set_assignment(assign.assignment());
  report.add_epochs()->set_train_loss(0.25);
  report.set_segment_done(true);
  report.mutable_end()->set_outcome(outcome);
  report.mutable_end()->set_epochs(assign.last_epoch());
  if (outcome == proto::OUTCOME_COMPLETED) report.set_model(canonical_serialize(model_of(assign.trial())));
  return report;
}

std::vector<std::uint64_t> trials_of(const proto::FinalResult& result) {
  std::vector<std::uint64_t> trials;
  for (const proto::Retrained& network : result.networks()) trials.push_back(network.trial());
  return trials;
}

TEST(Retraining, TrainsTheFirstOfTheRankingForItsBestNumberOfEpochs) {
  const search::History history = three_trials();
  Retraining retraining(history, {TrialId(2), TrialId(0)}, 1, 3);
  EXPECT_EQ(retraining.errands().needed(), 1U);
  const auto assign = retraining.assign();
  ASSERT_TRUE(assign);
  EXPECT_TRUE(Errands::is_one(assign->assignment()));
  EXPECT_EQ(assign->trial(), 2U);
  EXPECT_EQ(assign->first_epoch(), 1U);
  EXPECT_EQ(assign->last_epoch(), 6U);
  EXPECT_TRUE(assign->final());
  EXPECT_FALSE(retraining.assign()) << "one is wanted";
  retraining.report(finished(*assign));
  ASSERT_TRUE(retraining.errands().over());
  const proto::FinalResult result = retraining.result();
  ASSERT_EQ(result.networks_size(), 1);
  EXPECT_EQ(result.networks(0).trial(), 2U);
  EXPECT_EQ(result.networks(0).epochs(), 6U);
  EXPECT_EQ(result.networks(0).train_loss(), 0.25);
  EXPECT_EQ(result.networks(0).validation_score(), 0.5);
  EXPECT_EQ(retraining.model(), canonical_serialize(model_of(2)));
}

TEST(Retraining, WeighsTheNetworksThatHaveWeights) {
  const search::History history = three_trials();
  Retraining retraining(history, {TrialId(2), TrialId(0), TrialId(1)}, 2, 3,
                        {{TrialId(2), 3}, {TrialId(0), 2}});
  retraining.report(finished(*retraining.assign()));
  retraining.report(finished(*retraining.assign(), proto::OUTCOME_DIVERGED));
  retraining.report(finished(*retraining.assign()));
  ASSERT_TRUE(retraining.errands().over());
  const proto::FinalResult result = retraining.result();
  EXPECT_EQ(trials_of(result), (std::vector<std::uint64_t>{2, 1}));
  EXPECT_EQ(result.networks(0).weight(), 3U);
  EXPECT_EQ(result.networks(1).weight(), 1U) << "for one that diverged";
  proto::Model model;
  parse_canonical(retraining.model(), model);
  EXPECT_EQ(model.networks(0).weight(), 3U);
  EXPECT_EQ(model.networks(1).weight(), 1U);
}

TEST(Retraining, TheModelsOrderIsTheRankingsWhateverArrivesFirst) {
  const search::History history = three_trials();
  Retraining retraining(history, {TrialId(2), TrialId(0), TrialId(1)}, 3, 3);
  const auto first = retraining.assign();
  const auto second = retraining.assign();
  const auto third = retraining.assign();
  ASSERT_TRUE(first && second && third);
  EXPECT_FALSE(retraining.assign());
  retraining.report(finished(*third));
  retraining.report(finished(*first));
  EXPECT_FALSE(retraining.errands().over());
  EXPECT_EQ(retraining.errands().done(), 2U);
  retraining.report(finished(*second));
  ASSERT_TRUE(retraining.errands().over());
  EXPECT_EQ(trials_of(retraining.result()), (std::vector<std::uint64_t>{2, 0, 1}));
  proto::Model model;
  parse_canonical(retraining.model(), model);
  ASSERT_EQ(model.networks_size(), 3);
  EXPECT_EQ(model.networks(0).trial(), 2U);
  EXPECT_EQ(model.networks(2).trial(), 1U);
}

TEST(Retraining, OneThatDivergesGivesWayToTheNextOfTheRanking) {
  const search::History history = three_trials();
  Retraining retraining(history, {TrialId(2), TrialId(0), TrialId(1)}, 2, 3);
  const auto first = retraining.assign();
  const auto second = retraining.assign();
  EXPECT_FALSE(retraining.assign());
  retraining.report(finished(*first, proto::OUTCOME_DIVERGED));
  const auto third = retraining.assign();
  ASSERT_TRUE(third);
  EXPECT_EQ(third->trial(), 1U);
  retraining.report(finished(*third));
  retraining.report(finished(*second));
  ASSERT_TRUE(retraining.errands().over());
  EXPECT_EQ(trials_of(retraining.result()), (std::vector<std::uint64_t>{0, 1}));
}

TEST(Retraining, TakesAsManyAsThereAre) {
  const search::History history = three_trials();
  Retraining retraining(history, {TrialId(1), TrialId(0)}, 10, 3);
  EXPECT_EQ(retraining.errands().needed(), 2U);
  retraining.report(finished(*retraining.assign()));
  retraining.report(finished(*retraining.assign(), proto::OUTCOME_DIVERGED));
  ASSERT_TRUE(retraining.errands().over());
  EXPECT_EQ(trials_of(retraining.result()), (std::vector<std::uint64_t>{1}));
}

TEST(Retraining, GivesNoModelWhenAllDiverge) {
  const search::History history = three_trials();
  Retraining retraining(history, {TrialId(2), TrialId(0)}, 1, 3);
  for (int i = 0; i < 2; ++i) retraining.report(finished(*retraining.assign(), proto::OUTCOME_DIVERGED));
  EXPECT_TRUE(retraining.errands().over());
  EXPECT_FALSE(retraining.errands().failed());
  EXPECT_EQ(retraining.model(), "");
}

TEST(Retraining, IsGivenOutAgainAfterALossAndFailsAfterTooMany) {
  const search::History history = three_trials();
  Retraining retraining(history, {TrialId(1)}, 1, 2);
  const auto first = retraining.assign();
  retraining.attempt_failed(first->assignment(), "rank 1 is silent");
  const auto second = retraining.assign();
  ASSERT_TRUE(second);
  EXPECT_NE(second->assignment(), first->assignment());
  // A straggler's report of what was taken back does not count.
  retraining.report(finished(*first));
  EXPECT_FALSE(retraining.errands().over());
  retraining.attempt_failed(first->assignment(), "again");
  retraining.attempt_failed(second->assignment(), "rank 2 is silent");
  retraining.attempt_failed(retraining.assign()->assignment(), "rank 3 is silent");
  EXPECT_TRUE(retraining.errands().over());
  EXPECT_TRUE(retraining.errands().failed());
  EXPECT_EQ(retraining.errands().last_failure(), "rank 3 is silent");
}

TEST(Retraining, IsOverAtOnceWithoutACompletedTrial) {
  const search::History history;
  Retraining retraining(history, {}, 1, 2);
  EXPECT_TRUE(retraining.errands().over());
  EXPECT_FALSE(retraining.assign());
}

TEST(Retraining, RefusesAResultWithoutItsModelOrWithAnothers) {
  const search::History history = three_trials();
  Retraining retraining(history, {TrialId(1), TrialId(0)}, 2, 2);
  const proto::TrialReport good = finished(*retraining.assign());
  proto::TrialReport report = good;
  report.clear_model();
  EXPECT_THROW(retraining.report(report), Error);
  report.set_model(canonical_serialize(model_of(2)));
  EXPECT_THROW(retraining.report(report), Error);
  retraining.report(good);
  proto::TrialReport other = finished(*retraining.assign());
  proto::Model model = model_of(0);
  model.mutable_preprocessing()->add_columns()->set_name("another");
  other.set_model(canonical_serialize(model));
  EXPECT_THROW(retraining.report(other), Error);
}

}  // namespace
}  // namespace rondo::runtime
