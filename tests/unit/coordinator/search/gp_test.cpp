#include "coordinator/search/gp.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "tests/unit/coordinator/search/samples.h"

namespace rondo::search {
namespace {

using testing::add;
using testing::best_found;
using testing::default_experiment;
using testing::described;
using testing::genome_of;
using testing::next_networks;
using testing::sampler_beside;
using testing::scored_history;
using testing::small_shape;

proto::Experiment gp_experiment(std::uint64_t seed = 11) {
  proto::Experiment experiment = default_experiment(proto::SAMPLER_KIND_GP, seed);
  experiment.mutable_search()->mutable_gp()->set_startup_trials(6);
  experiment.mutable_search()->mutable_gp()->set_candidates(32);
  return experiment;
}

TEST(Gp, BeforeTheStartIsOverItIsTheSobolSampler) {
  const proto::Experiment experiment = gp_experiment();
  const auto proposer = make_proposer(experiment, small_shape);
  const auto sobol = sampler_beside(experiment, proto::SAMPLER_KIND_SOBOL);
  EXPECT_TRUE(proposer->reads_history());
  History history = scored_history(experiment, 5);
  EXPECT_EQ(next_networks(*proposer, history, 3), next_networks(*sobol, history, 3));
  history.propose(TrialId(5), *sobol->propose(TrialId(5), 0, {}));
  EXPECT_EQ(next_networks(*proposer, history, 3), next_networks(*sobol, history, 3));
  history.end(TrialId(5), TrialState::completed, Epoch(1), 0.5);
  EXPECT_NE(next_networks(*proposer, history, 3), next_networks(*sobol, history, 3));
  EXPECT_EQ(described(*proposer, 50, 1, history), described(*sobol, 50, 1));
}

TEST(Gp, NeedsOneScore) {
  const proto::Experiment experiment = gp_experiment();
  const auto proposer = make_proposer(experiment, small_shape);
  const auto sobol = sampler_beside(experiment, proto::SAMPLER_KIND_SOBOL);
  History history;
  for (std::uint64_t id = 0; id < 8; ++id) {
    add(history, *sobol->propose(TrialId(id), 0, {}),
        id % 2 == 0 ? TrialState::too_large : TrialState::completed,
        std::numeric_limits<double>::quiet_NaN());
  }
  EXPECT_EQ(next_networks(*proposer, history, 3), next_networks(*sobol, history, 3));
  add(history, *sobol->propose(TrialId(8), 0, {}), TrialState::completed, 0.1);
  EXPECT_NE(next_networks(*proposer, history, 3), next_networks(*sobol, history, 3));
}

// Whatever it has computed for other histories: longer, shorter, of other scores or networks.
TEST(Gp, IsAFunctionOfItsArguments) {
  const proto::Experiment experiment = gp_experiment(3);
  const auto fresh = [&](const History& history) {
    return next_networks(*make_proposer(experiment, small_shape), history, 3);
  };
  const History history = scored_history(experiment, 25);
  const History longer = scored_history(experiment, 40);
  const History other = scored_history(gp_experiment(4), 40);
  History other_score = scored_history(experiment, 10);
  add(other_score, history.trial(TrialId(10)).proposal, TrialState::completed, 0.999);
  for (std::uint64_t id = 11; id < 25; ++id) {
    const TrialRecord& trial = history.trial(TrialId(id));
    add(other_score, trial.proposal, trial.state, trial.best_score);
  }
  History other_networks;
  for (std::uint64_t id = 0; id < 25; ++id) {
    const TrialRecord& trial = history.trial(TrialId(id));
    add(other_networks, other.trial(TrialId(id)).proposal, trial.state, trial.best_score);
  }
  const auto used = make_proposer(experiment, small_shape);
  const std::vector<const History*> seen = {&history, &other,   &history,     &other_networks, &other_score,
                                            &longer,  &history, &other_score, &other_networks};
  for (const History* each : seen) {
    EXPECT_EQ(next_networks(*used, *each, 3), fresh(*each));
  }
  EXPECT_NE(fresh(history), fresh(other_score));
  EXPECT_NE(fresh(history), fresh(other_networks));
}

TEST(Gp, SeesNothingOfARunningTrialButItsNetworkAndItsLastRung) {
  const proto::Experiment experiment = gp_experiment(3);
  const auto proposer = make_proposer(experiment, small_shape);
  const auto random = sampler_beside(experiment, proto::SAMPLER_KIND_RANDOM);
  History history = scored_history(experiment, 20);
  const std::string alone = next_networks(*proposer, history, 3);
  for (std::uint64_t id = 20; id < 30; ++id) {
    history.propose(TrialId(id), *proposer->propose(TrialId(id), 0, history));
  }
  const std::string beside = next_networks(*proposer, history, 3);
  EXPECT_NE(beside, alone);
  history.commit_epoch(TrialId(23), {.epoch = Epoch(1), .tick = Tick(9), .validation_loss = 0, .score = 1});
  EXPECT_EQ(next_networks(*proposer, history, 3), beside);
  history.pause(TrialId(23));
  const std::string rung = next_networks(*proposer, history, 3);
  EXPECT_NE(rung, beside);
  history.resume(TrialId(23));
  EXPECT_EQ(next_networks(*proposer, history, 3), rung);
  history.end(TrialId(23), TrialState::completed, Epoch(1), 1);
  EXPECT_NE(next_networks(*proposer, history, 3), beside);
}

// Until the space is spent; conditional genes included.
TEST(Gp, ProposesNoNetworkTwice) {
  proto::Experiment experiment = gp_experiment(5);
  *experiment.mutable_space() = testing::single_point();
  experiment.mutable_space()->clear_dense_layers();
  experiment.mutable_space()->clear_units();
  for (const std::uint32_t layers : {0U, 1U, 2U}) experiment.mutable_space()->add_dense_layers(layers);
  for (const std::uint32_t units : {4U, 8U, 16U}) experiment.mutable_space()->add_units(units);
  const auto proposer = make_proposer(experiment, small_shape);
  const auto sobol = sampler_beside(experiment, proto::SAMPLER_KIND_SOBOL);
  History history;
  std::set<std::string> after_start;
  std::set<std::string> all;
  for (std::uint64_t id = 0; id < 40; ++id) {
    const std::string network = described(*proposer, id, 0, history);
    if (id >= 6) {
      EXPECT_TRUE(all.size() == 13 || !all.contains(network)) << id;
    }
    all.insert(network);
    add(history, *proposer->propose(TrialId(id), 0, history),
        id % 5 == 4 ? TrialState::diverged : TrialState::completed, 0.3);
  }
  EXPECT_EQ(all.size(), 13u);  // 1 + 3 + 9
  EXPECT_EQ(next_networks(*proposer, history, 3), next_networks(*sobol, history, 3));
}

double bowl(const Space& space, const Proposal& proposal) {
  const Genome genome = genome_of(space, proposal);
  double score = genome[gene_optimizer] == 1 ? 0.0 : -2.0;
  for (const std::uint32_t gene : {first_width + 0U, first_width + 1U, first_width + 2U}) {
    const double away = static_cast<double>(genome[gene]) - 4.0;
    score -= 0.2 * away * away;
  }
  const double rate = static_cast<double>(genome[gene_learning_rate]) - 3.0;
  return score - rate * rate - (genome[gene_batch_norm] == 1 ? 0.0 : 1.0);
}

// The best of 40 trials, whichever direction is the metric's.
double found(proto::SamplerKind sampler, proto::Metric metric, std::uint64_t seed) {
  proto::Experiment experiment = gp_experiment(seed);
  experiment.mutable_search()->set_sampler(sampler);
  experiment.mutable_data()->set_metric(metric);
  return best_found(experiment, 40, bowl);
}

TEST(Gp, FindsTheBestWhereChanceDoesNot) {
  double random = 0;
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    EXPECT_EQ(found(proto::SAMPLER_KIND_GP, proto::METRIC_ACCURACY, seed), 0) << seed;
    EXPECT_EQ(found(proto::SAMPLER_KIND_GP, proto::METRIC_LOG_LOSS, seed), 0) << seed;
    random += found(proto::SAMPLER_KIND_RANDOM, proto::METRIC_ACCURACY, seed);
  }
  EXPECT_LT(random, -2);
}

TEST(Gp, BearsScoresOfEverySize) {
  constexpr double most = std::numeric_limits<double>::max();
  for (const double size : {most, 1e-300, 0.0}) {
    const proto::Experiment experiment = gp_experiment(9);
    const auto proposer = make_proposer(experiment, small_shape);
    const auto random = sampler_beside(experiment, proto::SAMPLER_KIND_RANDOM);
    History history;
    for (std::uint64_t id = 0; id < 12; ++id) {
      add(history, *random->propose(TrialId(id), 0, {}), TrialState::completed, id % 3 == 0 ? size : -size);
    }
    EXPECT_EQ(std::set<std::string>({described(*proposer, 20, 0, history)}).count("nothing"), 0u);
  }
}

}  // namespace
}  // namespace rondo::search
