#include "coordinator/search/nsga2.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <set>

#include "tests/unit/coordinator/search/samples.h"

namespace rondo::search {
namespace {

using testing::add;
using testing::default_experiment;
using testing::described;
using testing::genome_of;
using testing::pause_at;
using testing::random_networks;
using testing::sampler_beside;
using testing::small_shape;

proto::Experiment nsga2(std::uint32_t population, double crossover = 0.9, double mutation = 0.8) {
  proto::Experiment experiment = default_experiment(proto::SAMPLER_KIND_NSGA2, 11);
  experiment.mutable_space()->add_weight_decay(0.5F);
  experiment.mutable_space()->add_momentum(0.5F);
  proto::SearchSettings& search = *experiment.mutable_search();
  search.mutable_nsga2()->set_population(population);
  search.mutable_nsga2()->set_crossover(crossover);
  search.mutable_nsga2()->set_mutation(mutation);
  search.add_objectives(proto::OBJECTIVE_PARAMETERS);
  return experiment;
}

bool has(const std::vector<std::uint32_t>& genes, std::uint32_t gene) {
  return std::ranges::find(genes, gene) != genes.end();
}

TEST(Nsga2, BeforeThePopulationIsFullItIsTheRandomSampler) {
  const proto::Experiment experiment = nsga2(3);
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
  pause_at(history, add(history, some[6], TrialState::running, 0), 1, 0.5);  // the third that has a place
  int differences = 0;
  for (std::uint64_t id = 7; id < 27; ++id) {
    differences += described(*proposer, id, 0, history) != described(*random, id) ? 1 : 0;
  }
  EXPECT_GE(differences, 18);
}

// Two parents that differ nearly everywhere: every gene of a child is one of theirs.
TEST(Nsga2, ACrossingTakesEachGeneFromAParentThatHasIt) {
  const proto::Experiment experiment = nsga2(2, 1, 0);
  const auto proposer = make_proposer(experiment, small_shape);
  const Space space(experiment.space());
  const std::vector<Proposal> some = random_networks(experiment, 40);
  std::uint64_t of_first = 0;
  std::uint64_t of_second = 0;
  for (std::size_t pair = 0; pair < 40; pair += 2) {
    History history;
    // Neither dominates the other.
    add(history, some[pair], TrialState::completed, 0.25);
    add(history, some[pair + 1], TrialState::completed, 0.25);
    const Genome first = genome_of(space, some[pair]);
    const Genome second = genome_of(space, some[pair + 1]);
    for (std::uint64_t id = 2; id < 30; ++id) {
      const Genome child = genome_of(space, *proposer->propose(TrialId(id), 0, history));
      for (const std::uint32_t gene : space.genes(child)) {
        const bool in_first = has(space.genes(first), gene);
        const bool in_second = has(space.genes(second), gene);
        if (!in_first && !in_second)
          continue;  // layer norm, of a parent with batch norm and one without layers
        EXPECT_TRUE((in_first && child[gene] == first[gene]) || (in_second && child[gene] == second[gene]))
            << gene;
        if (!in_first || !in_second || first[gene] == second[gene] || child == first || child == second)
          continue;
        (child[gene] == first[gene] ? of_first : of_second) += 1;
      }
    }
  }
  EXPECT_GT(of_first, 500u);
  EXPECT_GT(of_second, of_first * 9 / 10);
  EXPECT_GT(of_first, of_second * 9 / 10);
}

TEST(Nsga2, WithoutCrossingAChildIsAMemberWithOneGeneChanged) {
  const auto children = [](double mutation) {
    const proto::Experiment experiment = nsga2(4, 0, mutation);
    const auto proposer = make_proposer(experiment, small_shape);
    const Space space(experiment.space());
    History history;
    const std::vector<Proposal> some = random_networks(experiment, 4);
    for (const Proposal& network : some) add(history, network, TrialState::completed, 0.25);
    std::multiset<int> fewest;
    for (std::uint64_t id = 4; id < 54; ++id) {
      const Genome child = genome_of(space, *proposer->propose(TrialId(id), 0, history));
      int least = 99;
      for (const Proposal& network : some) {
        const Genome parent = genome_of(space, network);
        const std::vector<std::uint32_t> before = space.genes(parent);
        int changes = 0;
        for (const std::uint32_t gene : space.genes(child))
          changes += has(before, gene) && child[gene] != parent[gene];
        if (changes < least) least = changes;
      }
      fewest.insert(least);
    }
    return fewest;
  };
  EXPECT_EQ(children(1).count(1), 50u);
  EXPECT_EQ(children(0).count(0), 50u);
  EXPECT_GT(children(0.5).count(0), 12u);
  EXPECT_GT(children(0.5).count(1), 12u);
}

// Twenty trials of which only two are not dominated: with a population of two nobody else is a parent.
TEST(Nsga2, ParentsAreTheLeastDominated) {
  proto::Experiment experiment = nsga2(2, 0, 0);
  const auto proposer = make_proposer(experiment, small_shape);
  std::vector<Proposal> some = random_networks(experiment, 20);
  std::ranges::sort(some, {}, &Proposal::parameters);
  History history;
  for (std::size_t i = 0; i < some.size(); ++i) {
    add(history, some[some.size() - 1 - i], TrialState::completed, i == 0 ? 0.75 : i == 19 ? 0.5 : 0.25);
  }
  std::set<std::string> parents;
  for (std::uint64_t id = 20; id < 60; ++id) parents.insert(described(*proposer, id, 0, history));
  EXPECT_THAT(parents, ::testing::UnorderedElementsAre(describe(parse_architecture(some[0].architecture)),
                                                       describe(parse_architecture(some[19].architecture))));
  // By the score alone the best and the second best are.
  experiment.mutable_search()->mutable_objectives()->RemoveLast();
  std::set<std::string> best;
  const auto by_score = make_proposer(experiment, small_shape);
  for (std::uint64_t id = 20; id < 60; ++id) best.insert(described(*by_score, id, 0, history));
  EXPECT_EQ(best, parents);
}

// Of four members the best is a parent 7 times in 16, and the worst once.
TEST(Nsga2, OfTwoContestantsTheBetterOneIsTheParent) {
  const proto::Experiment experiment = nsga2(4, 0, 0);
  const auto proposer = make_proposer(experiment, small_shape);
  std::vector<Proposal> some = random_networks(experiment, 4);
  std::ranges::sort(some, {}, &Proposal::parameters);
  History history;
  for (std::size_t i = 0; i < 4; ++i) {
    add(history, some[i], TrialState::completed, 0.5 - 0.1 * static_cast<double>(i));
  }
  const auto parents = [&](const Proposal& network) {
    int found = 0;
    for (std::uint64_t id = 4; id < 324; ++id) {
      found += proposer->propose(TrialId(id), 0, history)->digest == network.digest ? 1 : 0;
    }
    return found;
  };
  EXPECT_NEAR(parents(some[0]), 140, 30);
  EXPECT_NEAR(parents(some[3]), 20, 15);
}

TEST(Nsga2, ATrialWithoutAScoreIsAParentOnlyWhereNobodyElseIs) {
  const proto::Experiment experiment = nsga2(2, 0, 0);
  const auto proposer = make_proposer(experiment, small_shape);
  std::vector<Proposal> some = random_networks(experiment, 3);
  std::ranges::sort(some, {}, &Proposal::parameters);
  History history;
  add(history, some[0], TrialState::completed, std::numeric_limits<double>::quiet_NaN());
  add(history, some[1], TrialState::completed, 0.5);
  const auto parents = [&] {
    std::set<std::string> found;
    for (std::uint64_t id = 3; id < 43; ++id) found.insert(described(*proposer, id, 0, history));
    return found;
  };
  const std::string none = describe(parse_architecture(some[0].architecture));
  EXPECT_EQ(parents().count(none), 1u);
  add(history, some[2], TrialState::completed, 0.25);
  EXPECT_EQ(parents().size(), 2u);
  EXPECT_EQ(parents().count(none), 0u);
}

TEST(Nsga2, WhatRunsOrIsOutOfThePopulationChangesNothing) {
  const proto::Experiment experiment = nsga2(4);
  const auto proposer = make_proposer(experiment, small_shape);
  std::vector<Proposal> some = random_networks(experiment, 20);
  std::ranges::sort(some, {}, &Proposal::parameters);
  History history;
  for (std::size_t i = 0; i < 4; ++i) add(history, some[i], TrialState::completed, 0.5);
  const auto proposals = [&] {
    std::vector<std::string> all;
    for (std::uint64_t id = 50; id < 60; ++id) all.push_back(described(*proposer, id, 0, history));
    return all;
  };
  const std::vector<std::string> before = proposals();
  const TrialId runs = add(history, some[5], TrialState::running, 0);
  history.commit_epoch(runs, {.epoch = Epoch(1), .tick = Tick(1), .validation_loss = 0.1, .score = 0.99});
  add(history, some[6], TrialState::diverged, 0.99);
  add(history, some[7], TrialState::too_large, 0.99);
  add(history, some[8], TrialState::completed, 0.125);  // larger and worse than each of the four
  EXPECT_EQ(proposals(), before);
  history.pause(runs);
  EXPECT_NE(proposals(), before);
  // Another attempt is another draw, and another history is not confused with this one.
  EXPECT_NE(described(*proposer, 50, 1, history), described(*proposer, 50, 0, history));
  History other;
  for (std::size_t i = 4; i < 8; ++i) add(other, some[i], TrialState::completed, 0.5);
  const std::string there = described(*proposer, 50, 0, other);
  EXPECT_EQ(described(*make_proposer(experiment, small_shape), 50, 0, other), there);
}

}  // namespace
}  // namespace rondo::search
