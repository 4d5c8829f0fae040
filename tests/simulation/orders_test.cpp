// Every arrival order of small searches on up to 3 ranks: one journal each.
#include "tests/simulation/orders.h"

#include <gtest/gtest.h>

#include "tests/simulation/verdict.h"

namespace rondo::simulation {
namespace {

WorkloadOptions four_trials(ProposerKind proposer, StopperKind stopper) {
  WorkloadOptions work;
  work.seed = 1;
  work.proposer = proposer;
  work.stopper = stopper;
  work.lanes = 2;
  work.trials = 4;
  work.epochs = 3;
  work.most_ticks = 1;
  work.early_stop = 0;
  work.diverge = 0;
  work.too_large = 0;
  return work;
}

// Fails with what was found; the number of orders shows that there was a choice at all.
void expect_one_journal(const WorkloadOptions& work, const OrderOptions& orders, std::uint64_t at_least) {
  try {
    const std::uint64_t count = check_every_order(work, orders);
    EXPECT_GE(count, at_least);
    ::testing::Test::RecordProperty("orders", std::to_string(count));
  } catch (const Violation& violation) {
    FAIL() << name_of(violation.verdict) << ": " << violation.message;
  }
}

TEST(EveryOrder, TrialsOfEqualLength) {
  expect_one_journal(four_trials(ProposerKind::free, StopperKind::none), {}, 1'000);
}

TEST(EveryOrder, AProposerThatReads) {
  WorkloadOptions work = four_trials(ProposerKind::reading, StopperKind::none);
  work.lanes = 3;
  work.most_ticks = 3;
  expect_one_journal(work, {}, 1'000);
}

TEST(EveryOrder, PromotionsAtOnceAmongTies) {
  WorkloadOptions work = four_trials(ProposerKind::reading, StopperKind::ladder);
  work.lanes = 3;
  expect_one_journal(work, {}, 100);
}

TEST(EveryOrder, LanesThatWaitForABracket) {
  WorkloadOptions work = four_trials(ProposerKind::reading, StopperKind::bracket);
  work.lanes = 4;
  work.bracket = 4;
  expect_one_journal(work, {}, 100);
}

TEST(EveryOrder, PromotionsByTheOrderOfThePauses) {
  WorkloadOptions work = four_trials(ProposerKind::reading_repeats, StopperKind::first_come);
  work.lanes = 2;
  work.networks = 2;
  work.most_ticks = 2;
  expect_one_journal(work, {}, 100);
}

// Hyperband's four trials fill a bracket.
TEST(EveryOrder, StoppersOfProduction) {
  for (const StopperKind stopper : {StopperKind::median, StopperKind::asha, StopperKind::hyperband}) {
    WorkloadOptions work = four_trials(ProposerKind::reading, stopper);
    work.epochs = 4;
    work.most_ticks = 2;
    for (work.lanes = 2; work.lanes <= 3; ++work.lanes) {
      for (work.seed = 1; work.seed <= 2; ++work.seed) expect_one_journal(work, {.whole_segments = true}, 1);
    }
  }
}

// Samplers that learn from the first ends on, with each kind of objective.
TEST(EveryOrder, SamplersOfProduction) {
  for (const ProposerKind sampler :
       {ProposerKind::nsga2, ProposerKind::evolution, ProposerKind::tpe, ProposerKind::greedy}) {
    for (const ObjectiveKind objective :
         {ObjectiveKind::several, ObjectiveKind::maximise, ObjectiveKind::minimise}) {
      for (const StopperKind stopper : {StopperKind::none, StopperKind::asha, StopperKind::patience}) {
        WorkloadOptions work = four_trials(sampler, stopper);
        work.objective = objective;
        work.startup = 1;
        work.most_ticks = 2;
        expect_one_journal(work, {.whole_segments = true}, 1);
      }
    }
  }
}

TEST(EveryOrder, TrialsThatEndEarlyOrDiverge) {
  WorkloadOptions work = four_trials(ProposerKind::reading, StopperKind::ladder);
  work.lanes = 2;
  work.epochs = 5;
  work.early_stop = 60;
  work.diverge = 40;
  work.too_large = 20;
  work.most_ticks = 2;
  for (work.seed = 1; work.seed <= 20; ++work.seed) expect_one_journal(work, {.whole_segments = true}, 1);
}

TEST(EveryOrder, ABudgetInTicks) {
  WorkloadOptions work = four_trials(ProposerKind::reading, StopperKind::first_come);
  work.lanes = 3;
  work.most_ticks = 3;
  for (work.last_tick = 1; work.last_tick <= 9; ++work.last_tick) {
    expect_one_journal(work, {.whole_segments = true}, 1);
  }
}

TEST(EveryOrder, RanksThatJoinAtAnyMoment) {
  WorkloadOptions work = four_trials(ProposerKind::reading, StopperKind::ladder);
  work.epochs = 2;
  expect_one_journal(work, {.any_start = true}, 100);
}

TEST(EveryOrder, ReportsThatAreTooLateToStop) {
  WorkloadOptions work = four_trials(ProposerKind::free, StopperKind::ladder);
  work.epochs = 4;
  work.trials_ahead = 2;
  expect_one_journal(work, {.whole_segments = true, .abandoned_arrives = true}, 100);
}

TEST(EveryOrder, EveryReportTwice) {
  WorkloadOptions work = four_trials(ProposerKind::reading, StopperKind::ladder);
  work.trials = 3;
  work.epochs = 2;
  expect_one_journal(work, {.ranks = 2, .repeated = true}, 100);
}

TEST(EveryOrder, ARankThatDiesAtAnyMoment) {
  WorkloadOptions work = four_trials(ProposerKind::reading, StopperKind::ladder);
  work.epochs = 2;
  expect_one_journal(work, {.one_dies = true}, 1'000);
}

}  // namespace
}  // namespace rondo::simulation
