#include "coordinator/search/evolution.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "tests/unit/coordinator/search/samples.h"

namespace rondo::search {
namespace {

using testing::add;
using testing::default_experiment;
using testing::described;
using testing::genome_of;
using testing::image_shape;
using testing::pause_at;
using testing::random_networks;
using testing::sampler_beside;
using testing::single_point;
using testing::small_shape;

proto::Experiment evolution(std::uint32_t population, std::uint32_t sample) {
  proto::Experiment experiment = default_experiment(proto::SAMPLER_KIND_EVOLUTION, 11);
  experiment.mutable_space()->add_weight_decay(0.5F);
  experiment.mutable_space()->add_momentum(0.5F);
  experiment.mutable_search()->mutable_evolution()->set_population(population);
  experiment.mutable_search()->mutable_evolution()->set_sample(sample);
  return experiment;
}

// Genes that apply to both networks and differ.
std::vector<std::uint32_t> changed(const Space& space, const Genome& parent, const Genome& child) {
  std::vector<std::uint32_t> result;
  const std::vector<std::uint32_t> before = space.genes(parent);
  for (const std::uint32_t gene : space.genes(child)) {
    const bool applied = std::find(before.begin(), before.end(), gene) != before.end();
    if (applied && parent[gene] != child[gene]) result.push_back(gene);
  }
  return result;
}

TEST(Evolution, BeforeThePopulationIsFullItIsTheRandomSampler) {
  const proto::Experiment experiment = evolution(3, 2);
  const auto proposer = make_proposer(experiment, small_shape);
  const auto random = sampler_beside(experiment);
  EXPECT_TRUE(proposer->reads_history());
  History history;
  const std::vector<Proposal> some = random_networks(experiment, 7);
  const std::vector<TrialState> states = {TrialState::completed, TrialState::diverged,  TrialState::running,
                                          TrialState::too_large, TrialState::completed, TrialState::cut};
  for (std::size_t i = 0; i < states.size(); ++i) {
    EXPECT_EQ(described(*proposer, i, 0, history), described(*random, i)) << i;
    EXPECT_EQ(described(*proposer, i, 4, history), described(*random, i, 4)) << i;
    add(history, some[i], states[i], 0.5);
  }
  for (std::uint64_t id = 6; id < 20; ++id)
    EXPECT_EQ(described(*proposer, id, 0, history), described(*random, id));
  add(history, some[6], TrialState::completed, 0.5);  // the third that completed
  int differences = 0;
  for (std::uint64_t id = 7; id < 27; ++id) {
    differences += described(*proposer, id, 0, history) != described(*random, id) ? 1 : 0;
  }
  EXPECT_GE(differences, 19);
}

TEST(Evolution, AChildDiffersFromItsParentByOneGene) {
  const proto::Experiment experiment = evolution(2, 1);
  const auto proposer = make_proposer(experiment, small_shape);
  const Space space(experiment.space());
  std::set<std::uint32_t> ever_changed;
  std::set<int> changes_of_depth;
  for (const Proposal& network : random_networks(experiment, 40)) {
    History history;
    for (int i = 0; i < 2; ++i) add(history, network, TrialState::completed, 0.5);
    const Genome parent = genome_of(space, network);
    for (std::uint64_t id = 2; id < 30; ++id) {
      const Proposal proposal = *proposer->propose(TrialId(id), 0, history);
      const Genome child = genome_of(space, proposal);
      const std::vector<std::uint32_t> genes = changed(space, parent, child);
      ASSERT_EQ(genes.size(), 1u) << described(*proposer, id, 0, history);
      ever_changed.insert(genes[0]);
      changes_of_depth.insert(static_cast<int>(child[gene_dense_layers]) -
                              static_cast<int>(parent[gene_dense_layers]));
    }
  }
  // Every setting with a choice, three widths; layers come and go, one or two at a time.
  EXPECT_THAT(ever_changed,
              ::testing::ElementsAre(gene_dense_layers, gene_batch_norm, gene_dropout, gene_optimizer,
                                     gene_learning_rate, gene_weight_decay, gene_momentum, first_width,
                                     first_width + 1, first_width + 2));
  EXPECT_THAT(changes_of_depth, ::testing::ElementsAre(-2, -1, 0, 1, 2));
}

TEST(Evolution, WhatAppliesOnlyNowIsDrawnAsInARandomNetwork) {
  proto::Experiment experiment = evolution(2, 1);
  *experiment.mutable_space() = single_point();
  experiment.mutable_space()->add_dense_layers(3);
  for (std::uint32_t units = 9; units < 1000; ++units) experiment.mutable_space()->add_units(units);
  const auto proposer = make_proposer(experiment, small_shape);
  const auto random = sampler_beside(experiment);
  const Space space(experiment.space());
  History history;
  proto::Architecture parent = space.architecture(space.at(0));
  for (int i = 0; i < 2; ++i) {
    Proposal proposal;
    proposal.architecture = canonical_bytes(parent);
    add(history, proposal, TrialState::completed, 1);
  }
  int deeper = 0;
  for (std::uint64_t id = 2; id < 100; ++id) {
    const Genome child = genome_of(space, *proposer->propose(TrialId(id), 0, history));
    const Genome drawn = genome_of(space, *random->propose(TrialId(id), 0, {}));
    if (child[gene_dense_layers] == 0) continue;
    ++deeper;
    EXPECT_EQ(child[first_width], 0u);
    EXPECT_EQ(child[first_width + 1], 0u);
    if (drawn[gene_dense_layers] == 1) {
      EXPECT_EQ(child[first_width + 2], drawn[first_width + 2]);
    }
  }
  EXPECT_GE(deeper, 15);
}

// Convolutions come and go as hidden layers do; layer norm is drawn when batch norm makes room for it.
TEST(Evolution, AnImageNetworksChildDiffersByOneGene) {
  proto::Experiment experiment = evolution(2, 1);
  proto::SearchSpace& lists = *experiment.mutable_space();
  lists = single_point();
  for (const std::uint32_t layers : {1U, 3U}) lists.add_convolution_layers(layers);
  for (const std::uint32_t filters : {8U, 16U, 32U}) lists.add_filters(filters);
  lists.add_kernel_size(5);
  lists.add_separable(true);
  lists.add_pool(1);
  lists.add_global_average(true);
  lists.add_dense_layers(0);
  lists.add_batch_norm(true);
  lists.add_layer_norm(true);
  const auto proposer = make_proposer(experiment, image_shape);
  experiment.mutable_search()->set_sampler(proto::SAMPLER_KIND_RANDOM);
  const auto random = make_proposer(experiment, image_shape);
  const Space space(experiment.space());
  std::set<std::uint32_t> ever_changed;
  std::set<int> changes_of_depth;
  for (std::uint64_t parents = 0; parents < 40; ++parents) {
    History history;
    const Proposal network = *random->propose(TrialId(parents), 0, {});
    for (int i = 0; i < 2; ++i) add(history, network, TrialState::completed, 0.5);
    const Genome parent = genome_of(space, network);
    for (std::uint64_t id = 2; id < 40; ++id) {
      const Genome child = genome_of(space, *proposer->propose(TrialId(id), 0, history));
      const Genome drawn = genome_of(space, *random->propose(TrialId(id), 0, {}));
      const std::vector<std::uint32_t> genes = changed(space, parent, child);
      ASSERT_EQ(genes.size(), 1u) << described(*proposer, id, 0, history);
      ever_changed.insert(genes[0]);
      const int before = space.architecture(parent).convolutions_size();
      const int after = space.architecture(child).convolutions_size();
      changes_of_depth.insert(after - before);
      if (genes[0] == gene_batch_norm && child[gene_batch_norm] == 0 && drawn[gene_batch_norm] == 0 &&
          child[gene_dense_layers] == 0 && drawn[gene_dense_layers] == 0) {
        EXPECT_EQ(child[gene_layer_norm], drawn[gene_layer_norm]);
      }
    }
  }
  EXPECT_THAT(ever_changed,
              ::testing::ElementsAre(gene_dense_layers, gene_batch_norm, gene_convolution_layers,
                                     gene_kernel_size, gene_separable, gene_pool, gene_global_average,
                                     gene_layer_norm, first_filters, first_filters + 1, first_filters + 2));
  EXPECT_THAT(changes_of_depth, ::testing::ElementsAre(-3, -2, -1, 0, 1, 2, 3));
}

// The whole population in every tournament: its best is the parent.
TEST(Evolution, TheParentIsTheTournamentsBestInTheMetricsDirection) {
  for (const proto::Metric metric : {proto::METRIC_ACCURACY, proto::METRIC_LOG_LOSS}) {
    proto::Experiment experiment = evolution(4, 200);
    experiment.mutable_data()->set_metric(metric);
    const auto proposer = make_proposer(experiment, small_shape);
    const Space space(experiment.space());
    const std::vector<Proposal> some = random_networks(experiment, 4);
    History history;
    for (const std::size_t i : {0U, 1U, 2U, 3U}) {
      add(history, some[i], TrialState::completed, i == 0 ? 0.9 : (i == 2 ? 0.1 : 0.5));
    }
    const std::size_t best = metric == proto::METRIC_ACCURACY ? 0 : 2;
    for (std::uint64_t id = 4; id < 34; ++id) {
      const Genome child = genome_of(space, *proposer->propose(TrialId(id), 0, history));
      for (std::size_t i = 0; i < 4; ++i) {
        const std::size_t distance = changed(space, genome_of(space, some[i]), child).size();
        EXPECT_EQ(distance == 1, i == best) << i << ' ' << id;
      }
    }
  }
}

// With one contestant a tournament has no favourite: every member becomes a parent.
TEST(Evolution, ATournamentOfOneIsUniform) {
  const proto::Experiment experiment = evolution(4, 1);
  const auto proposer = make_proposer(experiment, small_shape);
  const Space space(experiment.space());
  const std::vector<Proposal> some = random_networks(experiment, 4);
  History history;
  for (const Proposal& network : some) add(history, network, TrialState::completed, 0.5);
  std::vector<int> parents(4);
  for (std::uint64_t id = 4; id < 404; ++id) {
    const Genome child = genome_of(space, *proposer->propose(TrialId(id), 0, history));
    for (std::size_t i = 0; i < 4; ++i) {
      if (changed(space, genome_of(space, some[i]), child).size() == 1) ++parents[i];
    }
  }
  EXPECT_EQ(parents[0] + parents[1] + parents[2] + parents[3], 400);
  for (const int count : parents) EXPECT_NEAR(count, 100, 40);
}

// Ends, not ids, make the age, and no score saves from it.
TEST(Evolution, OnlyTheNewestEndsAreParents) {
  const proto::Experiment experiment = evolution(3, 200);
  const auto proposer = make_proposer(experiment, small_shape);
  const Space space(experiment.space());
  const std::vector<Proposal> some = random_networks(experiment, 8);
  History history;
  for (std::uint64_t id = 0; id < 8; ++id) history.propose(TrialId(id), some[id]);
  const auto parent = [&] {
    const Genome child = genome_of(space, *proposer->propose(TrialId(100), 0, history));
    std::vector<std::size_t> near;
    for (std::size_t i = 0; i < some.size(); ++i) {
      if (changed(space, genome_of(space, some[i]), child).size() == 1) near.push_back(i);
    }
    return near.size() == 1 ? near[0] : some.size();
  };
  const auto end = [&](std::uint64_t id, double score) {
    history.end(TrialId(id), TrialState::completed, Epoch(1), score);
  };
  end(7, 0.9);
  end(0, 0.5);
  end(6, 0.4);
  EXPECT_EQ(parent(), 7u);
  history.end(TrialId(1), TrialState::diverged, Epoch(0), 0);  // takes no place in the population
  EXPECT_EQ(parent(), 7u);
  end(2, 0.3);
  EXPECT_EQ(parent(), 0u);
  end(3, 0.2);
  EXPECT_EQ(parent(), 6u);
  end(4, 0.1);
  EXPECT_EQ(parent(), 2u);
}

TEST(Evolution, SeesNothingButCommittedRungsAndEnds) {
  const proto::Experiment experiment = evolution(3, 2);
  const auto proposer = make_proposer(experiment, small_shape);
  const std::vector<Proposal> some = random_networks(experiment, 8);
  History history;
  for (const std::size_t i : {0U, 1U, 2U}) add(history, some[i], TrialState::completed, 0.5);
  const auto children = [&] {
    std::string lines;
    for (std::uint64_t id = 20; id < 40; ++id) lines += described(*proposer, id, 0, history) + '\n';
    return lines;
  };
  const std::string before = children();
  add(history, some[3], TrialState::running, 0);
  history.commit_epoch(TrialId(3), {.epoch = Epoch(1), .tick = Tick(9), .validation_loss = 0, .score = 1});
  EXPECT_EQ(children(), before);
  add(history, some[4], TrialState::diverged, 1);
  add(history, some[5], TrialState::cut, 1);
  add(history, some[6], TrialState::too_large, 1);
  EXPECT_EQ(children(), before);
  history.pause(TrialId(3));
  const std::string rung = children();
  EXPECT_NE(rung, before);
  history.resume(TrialId(3));
  history.end(TrialId(3), TrialState::completed, Epoch(1), 1);
  EXPECT_EQ(children(), rung);
}

TEST(Evolution, IsAFunctionOfItsArguments) {
  const proto::Experiment experiment = evolution(3, 2);
  const auto once = make_proposer(experiment, small_shape);
  const auto again = make_proposer(experiment, small_shape);
  History history;
  for (const Proposal& network : random_networks(experiment, 5))
    add(history, network, TrialState::completed, 0.5);
  std::set<std::string> attempts;
  for (std::uint32_t attempt = 20; attempt-- > 0;) {
    attempts.insert(described(*once, 5, attempt, history));
    EXPECT_EQ(described(*once, 5, attempt, history), described(*again, 5, attempt, history));
  }
  EXPECT_GE(attempts.size(), 10u);
}

TEST(Evolution, ASinglePointIsItsOwnChild) {
  proto::Experiment experiment = evolution(2, 2);
  *experiment.mutable_space() = single_point();
  const auto proposer = make_proposer(experiment, small_shape);
  History history;
  for (std::uint64_t id = 0; id < 4; ++id) {
    EXPECT_EQ(described(*proposer, id, 3, history), "8 relu > 8 relu | adam 0.01 | batch 32");
    add(history, *proposer->propose(TrialId(id), 0, history), TrialState::completed, 0.5);
  }
}

// A trial enters with its first rung and grows old from there; its end changes its score alone.
TEST(Evolution, TrialsAtRungsAreMembersFromTheirFirstRungOn) {
  const proto::Experiment experiment = evolution(2, 2);
  const std::vector<Proposal> some = random_networks(experiment, 5);
  const auto proposer = make_proposer(experiment, small_shape);
  const auto children = [&](const History& history) {
    std::vector<std::string> result;
    for (std::uint64_t id = 5; id < 25; ++id) result.push_back(described(*proposer, id, 0, history));
    return result;
  };
  History halved;
  for (std::size_t i = 0; i < 5; ++i) add(halved, some[i], TrialState::running, 0);
  pause_at(halved, TrialId(3), 1, 0.5);
  pause_at(halved, TrialId(0), 1, 0.5);
  halved.end(TrialId(1), TrialState::completed, Epoch(1), 0.25);
  pause_at(halved, TrialId(2), 1, 0.75);
  halved.resume(TrialId(0));
  pause_at(halved, TrialId(0), 3, 0.875);
  halved.resume(TrialId(3));
  halved.end(TrialId(3), TrialState::completed, Epoch(2), 1.0);
  // The newest two are 2, then 1.
  History completed;
  for (std::size_t i = 0; i < 5; ++i) add(completed, some[i], TrialState::running, 0);
  completed.end(TrialId(3), TrialState::completed, Epoch(1), 1.0);
  completed.end(TrialId(1), TrialState::completed, Epoch(1), 0.25);
  completed.end(TrialId(2), TrialState::completed, Epoch(1), 0.75);
  EXPECT_EQ(children(halved), children(completed));
  // One that diverges behind a rung leaves.
  halved.resume(TrialId(2));
  halved.end(TrialId(2), TrialState::diverged, Epoch(1), 0.75);
  History without;
  for (std::size_t i = 0; i < 5; ++i) add(without, some[i], TrialState::running, 0);
  without.end(TrialId(0), TrialState::completed, Epoch(1), 0.875);
  without.end(TrialId(1), TrialState::completed, Epoch(1), 0.25);
  EXPECT_EQ(children(halved), children(without));
}

}  // namespace
}  // namespace rondo::search
