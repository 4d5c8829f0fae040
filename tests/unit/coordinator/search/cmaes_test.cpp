#include "coordinator/search/cmaes.h"

#include <gtest/gtest.h>

#include <algorithm>
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
using testing::small_shape;
using testing::some_score;

proto::Experiment cmaes_experiment(std::uint64_t seed = 11) {
  return default_experiment(proto::SAMPLER_KIND_CMAES, seed);
}

// Each proposed from what was known before it, `behind` trials running meanwhile.
History own_history(const proto::Experiment& experiment, std::uint64_t count, std::uint64_t behind = 0) {
  const auto proposer = make_proposer(experiment, small_shape);
  History history;
  for (std::uint64_t id = 0; id < count; ++id) {
    history.propose(TrialId(id), *proposer->propose(TrialId(id), 0, history));
    if (id >= behind) {
      const TrialId ended(id - behind);
      history.end(ended, TrialState::completed, Epoch(1), some_score(ended.value()));
    }
  }
  return history;
}

// Other proposals than this model's are skipped, however good they are.
TEST(Cmaes, LearnsFromItsOwnProposalsAlone) {
  const proto::Experiment experiment = cmaes_experiment();
  const auto proposer = make_proposer(experiment, small_shape);
  EXPECT_TRUE(proposer->reads_history());
  const auto random = sampler_beside(experiment);
  History history;
  for (std::uint64_t id = 0; id < 60; ++id) {
    add(history, *random->propose(TrialId(id), 0, {}), TrialState::completed, some_score(id));
  }
  EXPECT_EQ(next_networks(*proposer, history), next_networks(*proposer, {}));
  EXPECT_NE(next_networks(*proposer, own_history(experiment, 60)), next_networks(*proposer, {}));
}

TEST(Cmaes, ARepeatIsDrawnAgainAndAtLastAtRandom) {
  const proto::Experiment experiment = cmaes_experiment();
  const auto proposer = make_proposer(experiment, small_shape);
  const auto random = sampler_beside(experiment);
  const History history = own_history(experiment, 30);
  std::set<std::string> different;
  for (std::uint32_t attempt = 0; attempt < 10; ++attempt) {
    different.insert(described(*proposer, 50, attempt, history));
    EXPECT_NE(described(*proposer, 50, attempt, history), described(*random, 50, attempt)) << attempt;
  }
  EXPECT_GE(different.size(), 9u);
  EXPECT_EQ(described(*proposer, 50, 10, history), described(*random, 50, 10));
}

// Whatever it has computed for other histories: longer, shorter, of other scores or networks.
TEST(Cmaes, IsAFunctionOfItsArguments) {
  const proto::Experiment experiment = cmaes_experiment(3);
  const History shorter = own_history(experiment, 25);
  const History longer = own_history(experiment, 60);
  const History behind = own_history(experiment, 60, 7);
  const History other = own_history(cmaes_experiment(4), 60);
  const auto used = make_proposer(experiment, small_shape);
  const std::vector<const History*> seen = {&longer, &shorter, &longer, &behind, &other, &behind, &shorter};
  for (const History* each : seen) {
    EXPECT_EQ(next_networks(*used, *each), next_networks(*make_proposer(experiment, small_shape), *each));
  }
  EXPECT_NE(next_networks(*used, longer), next_networks(*used, shorter));
  EXPECT_NE(next_networks(*used, longer), next_networks(*used, behind));
}

TEST(Cmaes, AnotherNetworkIsSeenThroughWhatIsKept) {
  const proto::Experiment experiment = cmaes_experiment(3);
  const History one = own_history(experiment, 40);
  const auto random = sampler_beside(experiment);
  History other;
  for (std::uint64_t id = 0; id < 40; ++id) {
    Proposal proposal = *random->propose(TrialId(id), 0, {});
    proposal.parameters = one.trial(TrialId(id)).proposal.parameters;
    add(other, proposal, TrialState::completed, some_score(id));
  }
  const auto used = make_proposer(experiment, small_shape);
  const std::string nothing_known = next_networks(*make_proposer(experiment, small_shape), {});
  EXPECT_NE(next_networks(*used, one), nothing_known);
  EXPECT_EQ(next_networks(*used, other), nothing_known);
}

TEST(Cmaes, AChangedScoreIsSeenThroughWhatIsKept) {
  const proto::Experiment experiment = cmaes_experiment(3);
  const History one = own_history(experiment, 40);
  History other;
  for (std::uint64_t id = 0; id < 40; ++id) {
    add(other, one.trial(TrialId(id)).proposal, TrialState::completed, id == 5 ? 2.0 : some_score(id));
  }
  const auto used = make_proposer(experiment, small_shape);
  const std::string before = next_networks(*used, one);
  EXPECT_NE(next_networks(*used, other), before);
  EXPECT_EQ(next_networks(*used, one), before);
}

// A trial counts once, by its first rung: what is promoted says nothing new.
TEST(Cmaes, SeesNothingOfARunningTrialButItsFirstRung) {
  const proto::Experiment experiment = cmaes_experiment(3);
  const auto proposer = make_proposer(experiment, small_shape);
  std::size_t moved = 0;
  History history;
  for (std::uint64_t id = 0; id < 30; ++id) {
    const std::string before = next_networks(*proposer, history);
    history.propose(TrialId(id), *proposer->propose(TrialId(id), 0, history));
    history.commit_epoch(TrialId(id),
                         {.epoch = Epoch(1), .tick = Tick(9), .validation_loss = 1, .score = 0.3});
    EXPECT_EQ(next_networks(*proposer, history), before);
    history.pause(TrialId(id));
    const std::string rung = next_networks(*proposer, history);
    if (rung != before) ++moved;
    history.resume(TrialId(id));
    history.end(TrialId(id), id % 3 == 0 ? TrialState::diverged : TrialState::completed, Epoch(1), 0.9);
    EXPECT_EQ(next_networks(*proposer, history), rung);
  }
  const std::size_t most = 30 / cmaes_generation(9);
  EXPECT_GE(moved, 1u);
  EXPECT_LE(moved, most);
}

// A generation without one score changes nothing; what has none stands behind the others.
TEST(Cmaes, NeedsScores) {
  const proto::Experiment experiment = cmaes_experiment(5);
  const auto proposer = make_proposer(experiment, small_shape);
  History history;
  const auto grow = [&](std::uint64_t until, TrialState state, double score) {
    for (std::uint64_t id = history.size(); id < until; ++id) {
      add(history, *proposer->propose(TrialId(id), 0, history), state, score);
    }
  };
  grow(20, TrialState::diverged, 0.5);
  grow(40, TrialState::completed, std::numeric_limits<double>::quiet_NaN());
  EXPECT_EQ(next_networks(*proposer, history), next_networks(*proposer, {}));
  grow(60, TrialState::completed, 0.5);
  EXPECT_NE(next_networks(*proposer, history), next_networks(*proposer, {}));
}

double hollow(const Space& space, const Proposal& proposal) {
  const Genome genome = genome_of(space, proposal);
  double score = genome[gene_optimizer] == 1 ? 0.0 : -2.0;
  for (const std::uint32_t gene : {first_width + 0U, first_width + 1U, first_width + 2U}) {
    const double away = static_cast<double>(genome[gene]) - 4.0;
    score -= 0.2 * away * away;
  }
  const double rate = static_cast<double>(genome[gene_learning_rate]) - 3.0;
  return score - rate * rate - (genome[gene_batch_norm] == 1 ? 0.0 : 1.0);
}

// The best of 150 trials, whichever direction is the metric's.
double best_of_150(proto::SamplerKind sampler, proto::Metric metric, std::uint64_t seed) {
  proto::Experiment experiment = default_experiment(sampler, seed);
  experiment.mutable_data()->set_metric(metric);
  return best_found(experiment, 150, hollow);
}

TEST(Cmaes, ComesNearerThanChance) {
  double own = 0;
  double random = 0;
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    own += best_of_150(proto::SAMPLER_KIND_CMAES, proto::METRIC_ACCURACY, seed);
    EXPECT_EQ(best_of_150(proto::SAMPLER_KIND_CMAES, proto::METRIC_LOG_LOSS, seed),
              best_of_150(proto::SAMPLER_KIND_CMAES, proto::METRIC_ACCURACY, seed));
    random += best_of_150(proto::SAMPLER_KIND_RANDOM, proto::METRIC_ACCURACY, seed);
  }
  EXPECT_GT(own, random / 2);
}

TEST(Cmaes, BearsScoresOfEverySize) {
  constexpr double most = std::numeric_limits<double>::max();
  for (const double size : {most, 1e-300, 0.0, std::numeric_limits<double>::infinity()}) {
    const auto proposer = make_proposer(cmaes_experiment(9), small_shape);
    History history;
    for (std::uint64_t id = 0; id < 40; ++id) {
      add(history, *proposer->propose(TrialId(id), 0, history), TrialState::completed,
          id % 3 == 0 ? size : -size);
    }
    EXPECT_NE(described(*proposer, 50, 0, history), "nothing");
  }
}

}  // namespace
}  // namespace rondo::search
