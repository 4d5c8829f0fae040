#include "coordinator/search/make_proposer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "common/base/error.h"
#include "coordinator/search/appraiser.h"
#include "tests/unit/coordinator/search/samples.h"

namespace rondo::search {
namespace {

using testing::add;
using testing::default_experiment;
using testing::described;
using ::testing::HasSubstr;
using testing::single_point;
using testing::small_shape;

constexpr auto every_sampler = {
    proto::SAMPLER_KIND_RANDOM, proto::SAMPLER_KIND_GRID,      proto::SAMPLER_KIND_EVOLUTION,
    proto::SAMPLER_KIND_SOBOL,  proto::SAMPLER_KIND_TPE,       proto::SAMPLER_KIND_GP,
    proto::SAMPLER_KIND_CMAES,  proto::SAMPLER_KIND_PORTFOLIO, proto::SAMPLER_KIND_NSGA2};

proto::Experiment single_point_experiment(proto::SamplerKind sampler) {
  proto::Experiment experiment = default_experiment(sampler);
  *experiment.mutable_space() = single_point();
  return experiment;
}

Proposal first_proposal(const proto::Experiment& experiment, const ProblemShape& shape) {
  return make_proposer(experiment, shape)->propose(TrialId(0), 0, {}).value();
}

std::string refusal(const proto::Experiment& experiment, const ProblemShape& shape) {
  try {
    (void)make_proposer(experiment, shape);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::bad_input);
    return error.what();
  }
  return "accepted";
}

// 10 inputs, two layers of 8, one output: 80 + 64 + 8 weights and 17 biases; 3 · 152 · 800 multiply-adds.
TEST(MakeProposer, ProposalsFollowTheFormulas) {
  for (const proto::SamplerKind sampler : every_sampler) {
    proto::Experiment experiment = single_point_experiment(sampler);
    experiment.mutable_search()->set_tick_divisor(100'000);
    const Proposal proposal = first_proposal(experiment, small_shape);
    EXPECT_EQ(describe(parse_architecture(proposal.architecture)), "8 relu > 8 relu | adam 0.01 | batch 32");
    EXPECT_EQ(proposal.digest, sha256(proposal.architecture));
    EXPECT_EQ(proposal.parameters, 169u);
    EXPECT_EQ(proposal.multiply_adds, 152u);
    EXPECT_EQ(proposal.ticks_per_epoch, Tick(4));  // 364,800 over 100,000, rounded up
    EXPECT_FALSE(proposal.too_large);
    // 800 rows in batches of 32 are 25 steps; 364,800 + 25 · (10,000 + 40 · 169).
    experiment.mutable_search()->set_tick_step(10'000);
    experiment.mutable_search()->set_tick_weight(40);
    EXPECT_EQ(first_proposal(experiment, small_shape).ticks_per_epoch, Tick(8));
    experiment.mutable_search()->set_tick_step(std::numeric_limits<std::uint64_t>::max() / 100);
    EXPECT_NE(refusal(experiment, small_shape).find("tick_step"), std::string::npos);
  }
}

TEST(MakeProposer, ASinglePointIsAWholeSearch) {
  for (const proto::SamplerKind sampler : every_sampler) {
    const auto proposer = make_proposer(single_point_experiment(sampler), small_shape);
    for (std::uint64_t id = 0; id < 3; ++id) {
      const bool spent = sampler == proto::SAMPLER_KIND_GRID && id > 0;
      EXPECT_EQ(described(*proposer, id), spent ? "nothing" : "8 relu > 8 relu | adam 0.01 | batch 32");
    }
  }
}

TEST(MakeProposer, TooLargeIsAboveALimitNotAtIt) {
  for (const proto::SamplerKind sampler : every_sampler) {
    proto::Experiment experiment = single_point_experiment(sampler);
    const std::uint64_t bytes =
        trial_bytes(parse_architecture(first_proposal(experiment, small_shape).architecture), small_shape);
    experiment.mutable_limits()->set_parameters(169);
    experiment.mutable_limits()->set_trial_bytes(bytes);
    EXPECT_FALSE(first_proposal(experiment, small_shape).too_large);
    experiment.mutable_limits()->set_parameters(168);
    EXPECT_TRUE(first_proposal(experiment, small_shape).too_large);
    EXPECT_EQ(first_proposal(experiment, small_shape).parameters, 169u);
    EXPECT_EQ(first_proposal(experiment, small_shape).ticks_per_epoch, Tick(1));
    experiment.mutable_limits()->set_parameters(169);
    experiment.mutable_limits()->set_trial_bytes(bytes - 1);
    EXPECT_TRUE(first_proposal(experiment, small_shape).too_large);
    experiment.mutable_limits()->set_trial_bytes(bytes);
    experiment.mutable_limits()->set_multiply_adds(152);
    EXPECT_FALSE(first_proposal(experiment, small_shape).too_large);
    experiment.mutable_limits()->set_multiply_adds(151);
    EXPECT_TRUE(first_proposal(experiment, small_shape).too_large);
  }
}

TEST(MakeProposer, TheFirstLimitThatIsExceededIsNamed) {
  const proto::Experiment experiment = single_point_experiment(proto::SAMPLER_KIND_RANDOM);
  const proto::Architecture network =
      parse_architecture(first_proposal(experiment, small_shape).architecture);
  proto::Limits limits = experiment.limits();
  EXPECT_EQ(excess_of(network, small_shape, limits), Excess::none) << "0 multiply-adds are no limit";
  limits.set_trial_bytes(1);
  EXPECT_EQ(excess_of(network, small_shape, limits), Excess::trial_bytes);
  limits.set_multiply_adds(151);
  EXPECT_EQ(excess_of(network, small_shape, limits), Excess::multiply_adds);
  limits.set_parameters(168);
  EXPECT_EQ(excess_of(network, small_shape, limits), Excess::parameters);
}

TEST(MakeProposer, RefusesCostsThatDoNotFitUnlessTheyAreTooLarge) {
  proto::Experiment experiment = single_point_experiment(proto::SAMPLER_KIND_RANDOM);
  ProblemShape shape = small_shape;
  constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  shape.training_rows = most / 3 / 152;
  EXPECT_EQ(refusal(experiment, shape), "accepted");
  EXPECT_EQ(first_proposal(experiment, shape).ticks_per_epoch,
            Tick((3 * 152 * shape.training_rows - 1) / 1'000'000 + 1));
  ++shape.training_rows;
  EXPECT_THAT(refusal(experiment, shape), HasSubstr("smaller space.units"));
  // The same network is never trained under this limit, so its cost is nobody's concern.
  experiment.mutable_limits()->set_parameters(100);
  EXPECT_EQ(refusal(experiment, shape), "accepted");
  EXPECT_TRUE(first_proposal(experiment, shape).too_large);
  experiment.mutable_limits()->set_parameters(1000);
  experiment.mutable_limits()->set_multiply_adds(152);
  EXPECT_THAT(refusal(experiment, shape), HasSubstr("limits.multiply_adds"));
  experiment.mutable_limits()->set_multiply_adds(151);
  EXPECT_EQ(refusal(experiment, shape), "accepted");
  EXPECT_TRUE(first_proposal(experiment, shape).too_large);
}

// 24 places · 72 weights, pooled to 6 places of 4; 24 · 8 + 8 · 8 + 8.
TEST(MakeProposer, CountsAConvolutionsWeightsAtEveryPlace) {
  proto::Experiment experiment = single_point_experiment(proto::SAMPLER_KIND_RANDOM);
  experiment.mutable_space()->set_convolution_layers(0, 1);
  ProblemShape shape = testing::image_shape;
  shape.outputs = 1;
  constexpr std::uint64_t row = 24 * 72 + 192 + 64 + 8;
  shape.training_rows = std::numeric_limits<std::uint64_t>::max() / 3 / row;
  EXPECT_EQ(refusal(experiment, shape), "accepted");
  EXPECT_EQ(first_proposal(experiment, shape).ticks_per_epoch,
            Tick((3 * row * shape.training_rows - 1) / 1'000'000 + 1));
  ++shape.training_rows;
  EXPECT_THAT(refusal(experiment, shape), HasSubstr("space.convolution_layers"));
  // No network of 50 parameters or fewer works more than 50 · 24 times on a row.
  experiment.mutable_limits()->set_parameters(50);
  EXPECT_EQ(refusal(experiment, shape), "accepted");
  experiment.mutable_limits()->set_parameters(row / 24 + 1);
  EXPECT_THAT(refusal(experiment, shape), HasSubstr("space.convolution_layers"));
}

TEST(MakeProposer, ParametersThatDoNotFitAreTooLarge) {
  ProblemShape shape = small_shape;
  shape.inputs = std::uint64_t{1} << 62U;
  const Proposal proposal = first_proposal(single_point_experiment(proto::SAMPLER_KIND_RANDOM), shape);
  EXPECT_TRUE(proposal.too_large);
  EXPECT_EQ(proposal.parameters, std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(proposal.ticks_per_epoch, Tick(1));
}

TEST(MakeProposer, RefusesASpaceThatNamesNoNetworkOrOneTwice) {
  for (const proto::SamplerKind sampler : every_sampler) {
    proto::Experiment experiment = single_point_experiment(sampler);
    experiment.mutable_space()->clear_dense_layers();
    EXPECT_THAT(refusal(experiment, small_shape), HasSubstr("space.dense_layers: the list is empty"));
    experiment = single_point_experiment(sampler);
    experiment.mutable_space()->add_units(8);
    EXPECT_THAT(refusal(experiment, small_shape), HasSubstr("space.units: a value stands there twice"));
  }
}

TEST(MakeProposer, RefusesObjectivesWhicheverSamplerReadsThem) {
  for (const proto::SamplerKind sampler : every_sampler) {
    proto::Experiment experiment = single_point_experiment(sampler);
    experiment.mutable_search()->set_objectives(0, proto::OBJECTIVE_TICKS);
    EXPECT_THAT(refusal(experiment, small_shape), HasSubstr("search.objectives: score is not the first"));
  }
}

TEST(MakeProposer, NothingDependsOnTheBudgetOrOnTheLanes) {
  for (const proto::SamplerKind sampler : every_sampler) {
    proto::Experiment experiment = default_experiment(sampler);
    experiment.mutable_search()->mutable_evolution()->set_population(2);
    experiment.mutable_search()->mutable_nsga2()->set_population(4);
    experiment.mutable_search()->mutable_tpe()->set_startup_trials(5);
    experiment.mutable_search()->mutable_gp()->set_startup_trials(5);
    const auto one = make_proposer(experiment, small_shape);
    experiment.mutable_budget()->set_trials(3);
    experiment.mutable_budget()->set_ticks(77);
    experiment.mutable_search()->set_lanes(1);
    experiment.mutable_training()->set_epochs(2);
    const auto other = make_proposer(experiment, small_shape);
    History history;
    for (std::uint64_t id = 0; id < 20; ++id) {
      EXPECT_EQ(described(*one, id, 0, history), described(*other, id, 0, history));
      add(history, one->propose(TrialId(id), 0, history).value(), TrialState::completed, 0.5);
    }
  }
}

}  // namespace
}  // namespace rondo::search
