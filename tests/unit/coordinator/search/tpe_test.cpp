#include "coordinator/search/tpe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <map>
#include <set>

#include "tests/unit/coordinator/search/samples.h"

namespace rondo::search {
namespace {

using testing::add;
using testing::default_experiment;
using testing::described;
using testing::genome_of;
using testing::next_networks;
using testing::pause_at;
using testing::sampler_beside;
using testing::scored_history;
using testing::single_point;
using testing::small_shape;

proto::Experiment tpe(std::uint64_t seed = 11, bool multivariate = false) {
  proto::Experiment experiment = default_experiment(proto::SAMPLER_KIND_TPE, seed);
  experiment.mutable_space()->add_weight_decay(0.5F);
  experiment.mutable_space()->add_momentum(0.5F);
  experiment.mutable_search()->mutable_tpe()->set_multivariate(multivariate);
  return experiment;
}

TEST(Tpe, BeforeTheStartIsOverItIsTheRandomSampler) {
  const proto::Experiment experiment = tpe();
  const auto proposer = make_proposer(experiment, small_shape);
  const auto random = sampler_beside(experiment);
  EXPECT_TRUE(proposer->reads_history());
  History history = scored_history(experiment, 9);
  EXPECT_EQ(next_networks(*proposer, history), next_networks(*random, history));
  const TrialId running = TrialId(9);
  history.propose(running, *random->propose(TrialId(9), 0, {}));
  EXPECT_EQ(next_networks(*proposer, history), next_networks(*random, history));
  history.end(running, TrialState::completed, Epoch(1), 0.5);
  EXPECT_NE(next_networks(*proposer, history), next_networks(*random, history));
  // From attempt 10 on it is random again.
  EXPECT_NE(described(*proposer, 50, 9, history), described(*random, 50, 9));
  EXPECT_EQ(described(*proposer, 50, 10, history), described(*random, 50, 10));
}

// Ten networks that are all too large: nothing is good, whatever has ended.
TEST(Tpe, NeedsOneTrialThatCompleted) {
  const proto::Experiment experiment = tpe();
  const auto proposer = make_proposer(experiment, small_shape);
  const auto random = sampler_beside(experiment);
  History history;
  for (std::uint64_t id = 0; id < 12; ++id) {
    add(history, *random->propose(TrialId(id), 0, {}),
        id % 2 == 0 ? TrialState::too_large : TrialState::diverged, 0);
  }
  EXPECT_EQ(next_networks(*proposer, history), next_networks(*random, history));
  add(history, *random->propose(TrialId(12), 0, {}), TrialState::completed, 0.1);
  EXPECT_NE(next_networks(*proposer, history), next_networks(*random, history));
}

TEST(Tpe, IsAFunctionOfItsArguments) {
  for (const bool multivariate : {false, true}) {
    const proto::Experiment experiment = tpe(3, multivariate);
    const auto once = make_proposer(experiment, small_shape);
    const auto again = make_proposer(experiment, small_shape);
    const History history = scored_history(experiment, 40);
    const History other = scored_history(tpe(4), 60);
    (void)next_networks(*once, other);  // what it saw before does not matter
    EXPECT_EQ(next_networks(*once, history), next_networks(*again, history));
    (void)next_networks(*again, other);
    std::set<std::string> attempts;
    for (std::uint32_t attempt = 20; attempt-- > 0;) {
      attempts.insert(described(*once, 77, attempt, history));
      EXPECT_EQ(described(*once, 77, attempt, history), described(*again, 77, attempt, history));
    }
    EXPECT_GE(attempts.size(), 10u);
  }
}

TEST(Tpe, SeesNothingOfARunningTrialButItsNetworkAndItsLastRung) {
  for (const bool multivariate : {false, true}) {
    const proto::Experiment experiment = tpe(3, multivariate);
    const auto proposer = make_proposer(experiment, small_shape);
    const auto random = sampler_beside(experiment);
    History history = scored_history(experiment, 30);
    const std::string alone = next_networks(*proposer, history);
    for (std::uint64_t id = 30; id < 60; ++id) {
      history.propose(TrialId(id), *random->propose(TrialId(id), 0, {}));
    }
    const std::string beside = next_networks(*proposer, history);
    EXPECT_NE(beside, alone);
    history.commit_epoch(TrialId(33), {.epoch = Epoch(1), .tick = Tick(9), .validation_loss = 0, .score = 1});
    EXPECT_EQ(next_networks(*proposer, history), beside);
    history.pause(TrialId(33));
    const std::string rung = next_networks(*proposer, history);
    EXPECT_NE(rung, beside);
    history.resume(TrialId(33));
    EXPECT_EQ(next_networks(*proposer, history), rung);
    history.end(TrialId(33), TrialState::completed, Epoch(1), 1);
    EXPECT_NE(next_networks(*proposer, history), beside);
  }
}

// One list of 50, good in its middle third or diverging there.
std::map<std::uint32_t, int> thirds(TrialState middle, double score, proto::Metric metric) {
  proto::Experiment experiment = tpe();
  experiment.mutable_data()->set_metric(metric);
  *experiment.mutable_space() = single_point();
  experiment.mutable_space()->clear_units();
  for (std::uint32_t units = 1; units <= 60; ++units) experiment.mutable_space()->add_units(units);
  experiment.mutable_space()->set_dense_layers(0, 1);
  const Space space(experiment.space());
  const auto random = sampler_beside(experiment);
  const auto proposer = make_proposer(experiment, small_shape);
  History history;
  for (std::uint64_t id = 0; id < 60; ++id) {
    const Proposal proposal = *random->propose(TrialId(id), 0, {});
    const bool inside = genome_of(space, proposal)[first_width] / 20 == 1;
    add(history, proposal, inside ? middle : TrialState::completed,
        inside ? score : (id == 4 ? std::numeric_limits<double>::quiet_NaN() : 0.5));
  }
  std::map<std::uint32_t, int> counts;
  for (std::uint64_t id = 60; id < 160; ++id) {
    ++counts[genome_of(space, *proposer->propose(TrialId(id), 0, history))[first_width] / 20];
  }
  return counts;
}

TEST(Tpe, GoesWhereTrialsAreGood) {
  EXPECT_GE(thirds(TrialState::completed, 0.9, proto::METRIC_ACCURACY)[1], 90);
  EXPECT_GE(thirds(TrialState::completed, 0.1, proto::METRIC_LOG_LOSS)[1], 90);
  EXPECT_LE(thirds(TrialState::completed, 0.9, proto::METRIC_LOG_LOSS)[1], 15);
}

TEST(Tpe, WhatDidNotCompleteIsBehindAllOthers) {
  EXPECT_LE(thirds(TrialState::diverged, 0.9, proto::METRIC_ACCURACY)[1], 15);
  EXPECT_LE(thirds(TrialState::too_large, 0.9, proto::METRIC_ACCURACY)[1], 15);
}

// Momentum is learnt from SGD's trials alone, in which its second value is the good one.
TEST(Tpe, AGeneLearnsFromTrialsInWhichItApplies) {
  for (const bool multivariate : {false, true}) {
    const proto::Experiment experiment = tpe(5, multivariate);
    const Space space(experiment.space());
    const auto random = sampler_beside(experiment);
    const auto proposer = make_proposer(experiment, small_shape);
    History history;
    for (std::uint64_t id = 0; id < 200; ++id) {
      const Proposal proposal = *random->propose(TrialId(id), 0, {});
      const Genome genome = genome_of(space, proposal);
      const bool sgd =
          experiment.space().optimizer(static_cast<int>(genome[gene_optimizer])) == proto::OPTIMIZER_KIND_SGD;
      add(history, proposal, TrialState::completed, sgd && genome[gene_momentum] == 1 ? 0.9 : 0.5);
    }
    int sgd = 0;
    int second = 0;
    for (std::uint64_t id = 200; id < 300; ++id) {
      const Genome genome = genome_of(space, *proposer->propose(TrialId(id), 0, history));
      if (experiment.space().optimizer(static_cast<int>(genome[gene_optimizer])) !=
          proto::OPTIMIZER_KIND_SGD) {
        continue;
      }
      ++sgd;
      second += genome[gene_momentum] == 1 ? 1 : 0;
    }
    EXPECT_GE(sgd, 80);
    EXPECT_GE(second, sgd * 9 / 10);
  }
}

// Convolutions come and go with their filters, layer norm with batch norm: every network is one of the space.
TEST(Tpe, ConvolutionsAreGenesLikeOthers) {
  for (const proto::SamplerKind sampler : {proto::SAMPLER_KIND_TPE, proto::SAMPLER_KIND_SOBOL}) {
    proto::Experiment experiment = tpe(5, true);
    experiment.mutable_search()->set_sampler(sampler);
    experiment.mutable_space()->clear_convolution_layers();
    for (const std::uint32_t layers : {0U, 1U, 2U})
      experiment.mutable_space()->add_convolution_layers(layers);
    const Space space(experiment.space());
    const auto proposer = make_proposer(experiment, testing::image_shape);
    History history;
    std::map<std::uint32_t, int> convolutions;
    for (std::uint64_t id = 0; id < 120; ++id) {
      const Proposal proposal = *proposer->propose(TrialId(id), 0, history);
      const Genome genome = genome_of(space, proposal);
      EXPECT_EQ(canonical_bytes(space.architecture(genome)), proposal.architecture);
      ++convolutions[genome[gene_convolution_layers]];
      add(history, proposal, TrialState::completed, genome[gene_convolution_layers] == 1 ? 0.9 : 0.1);
    }
    EXPECT_EQ(convolutions.size(), 3u);
    if (sampler == proto::SAMPLER_KIND_TPE) {
      EXPECT_GE(convolutions[1], 70);
    }
  }
}

double score_of(const Space& space, const Proposal& proposal) {
  const Genome genome = genome_of(space, proposal);
  double score = genome[gene_optimizer] == 1 ? 0.0 : -2.0;
  for (const std::uint32_t gene : {first_width + 0U, first_width + 1U, first_width + 2U}) {
    const double away = static_cast<double>(genome[gene]) - 4.0;
    score -= 0.2 * away * away;
  }
  const double rate = static_cast<double>(genome[gene_learning_rate]) - 3.0;
  return score - rate * rate - (genome[gene_batch_norm] == 1 ? 0.0 : 1.0);
}

double best_of_a_search(proto::SamplerKind sampler, std::uint64_t seed, bool multivariate) {
  proto::Experiment experiment = tpe(seed, multivariate);
  experiment.mutable_search()->set_sampler(sampler);
  const Space space(experiment.space());
  const auto proposer = make_proposer(experiment, small_shape);
  History history;
  double best = -1000;
  for (std::uint64_t id = 0; id < 60; ++id) {
    const Proposal proposal = *proposer->propose(TrialId(id), 0, history);
    const double score = score_of(space, proposal);
    best = std::max(best, score);
    add(history, proposal, TrialState::completed, score);
  }
  return best;
}

double median_best(proto::SamplerKind sampler, bool multivariate = false) {
  std::vector<double> bests;
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    bests.push_back(best_of_a_search(sampler, seed, multivariate));
  }
  std::sort(bests.begin(), bests.end());
  return (bests[14] + bests[15]) / 2;
}

// Two histories of the same networks: in one all have completed, in the other the same are the best in the
// order that holds with a stopper. A promoted trial counts by its rung.
TEST(Tpe, LearnsFromTheMostEpochsFirst) {
  const proto::Experiment experiment = tpe();
  const auto random = sampler_beside(experiment);
  History completed;
  History halved;
  // Of 30 trials the best three: 4 completed, though badly; then 20 of rung 9, before 21 and all of rung 3.
  for (std::uint64_t id = 0; id < 30; ++id) {
    const Proposal network = *random->propose(TrialId(id), 0, {});
    const double place = id == 4 ? 3 : id == 20 ? 2 : id == 7 ? 1 : 0;
    add(completed, network, TrialState::completed, place);
    if (id == 4) {
      add(halved, network, TrialState::completed, 0.125);
      continue;
    }
    const TrialId trial = add(halved, network, TrialState::running, 0);
    pause_at(halved, trial, 3, id == 7 ? 0.75 : 0.5);
    if (id != 20) continue;
    halved.resume(trial);
    pause_at(halved, trial, 9, 0.25);
    halved.resume(trial);
  }
  const auto proposer = make_proposer(experiment, small_shape);
  const auto again = make_proposer(experiment, small_shape);
  // Among a single candidate no network is so good that it always wins.
  for (std::uint64_t id = 30; id < 60; ++id) {
    for (const std::uint32_t attempt : {0U, 5U}) {
      EXPECT_EQ(described(*proposer, id, attempt, halved), described(*again, id, attempt, completed)) << id;
    }
  }
}

TEST(Tpe, TrialsAtRungsEndTheStartUp) {
  const proto::Experiment experiment = tpe();
  const auto random = sampler_beside(experiment);
  const auto proposer = make_proposer(experiment, small_shape);
  History history;
  for (std::uint64_t id = 0; id < 10; ++id) {
    EXPECT_EQ(described(*proposer, 10, 0, history), described(*random, 10)) << id;
    pause_at(history, add(history, *random->propose(TrialId(id), 0, {}), TrialState::running, 0), 1, 0.5);
  }
  int differences = 0;
  for (std::uint64_t id = 10; id < 30; ++id) {
    differences += described(*proposer, id, 0, history) != described(*random, id) ? 1 : 0;
  }
  EXPECT_GE(differences, 15);
}

TEST(Tpe, FindsMoreThanChance) {
  const double random = median_best(proto::SAMPLER_KIND_RANDOM);
  EXPECT_GT(median_best(proto::SAMPLER_KIND_TPE), random + 0.2);
  EXPECT_GT(median_best(proto::SAMPLER_KIND_TPE, true), random + 0.2);
}

}  // namespace
}  // namespace rondo::search
