#include "coordinator/search/greedy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
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
using testing::sampler_beside;
using testing::single_point;
using testing::small_shape;

// Every gene of the default space that may differ, by block.
const std::set<std::uint32_t> hidden_genes = {gene_dense_layers, gene_batch_norm, gene_dropout,
                                              first_width,       first_width + 1, first_width + 2};
const std::set<std::uint32_t> training_block = {gene_optimizer, gene_learning_rate, gene_weight_decay,
                                                gene_momentum};

std::set<std::uint32_t> differing(const Genome& a, const Genome& b) {
  std::set<std::uint32_t> genes;
  for (std::uint32_t gene = 0; gene < a.size(); ++gene) {
    if (a[gene] != b[gene]) genes.insert(gene);
  }
  return genes;
}

bool within(const std::set<std::uint32_t>& some, const std::set<std::uint32_t>& all) {
  return std::includes(all.begin(), all.end(), some.begin(), some.end());
}

TEST(Greedy, IsRandomUntilATrialHasAPlace) {
  const proto::Experiment experiment = default_experiment(proto::SAMPLER_KIND_GREEDY, 5);
  const auto proposer = make_proposer(experiment, small_shape);
  const auto random = sampler_beside(experiment);
  EXPECT_TRUE(proposer->reads_history());
  History history;
  std::uint64_t id = 0;
  for (const TrialState state :
       {TrialState::running, TrialState::diverged, TrialState::too_large, TrialState::cut}) {
    for (std::uint64_t next = id; next < id + 10; ++next)
      EXPECT_EQ(described(*proposer, next, 3, history), described(*random, next, 3));
    add(history, *random->propose(TrialId(id++), 0, {}), state, 0.5);
  }
  pause_at(history, TrialId(0), 1, 0.5);
  int others = 0;
  for (std::uint64_t next = id; next < id + 30; ++next) {
    others += described(*proposer, next, 0, history) != described(*random, next) ? 1 : 0;
  }
  EXPECT_GE(others, 15);
}

// A third of the children each: drawn whole, a block of theirs, one value.
TEST(Greedy, ChangesAValueABlockOrAllOfTheBest) {
  const proto::Experiment experiment = default_experiment(proto::SAMPLER_KIND_GREEDY, 6);
  const auto proposer = make_proposer(experiment, small_shape);
  const auto random = sampler_beside(experiment);
  const Space space(experiment.space());
  History history;
  for (std::uint64_t id = 0; id < 12; ++id) {
    add(history, *random->propose(TrialId(id), 0, {}), TrialState::completed, id == 7 ? 0.9 : 0.5);
  }
  const Genome parent = genome_of(space, history.trial(TrialId(7)).proposal);
  std::array<int, 3> stages{};
  constexpr std::uint64_t children = 900;
  for (std::uint64_t id = 12; id < 12 + children; ++id) {
    const Genome child = genome_of(space, *proposer->propose(TrialId(id), 0, history));
    if (child == genome_of(space, *random->propose(TrialId(id), 0, {}))) {
      ++stages[0];
    } else if (const std::set<std::uint32_t> changed = differing(parent, child);
               // A change of the depth or of the optimizer brings and takes settings with it.
               changed.size() == 1 || changed.contains(gene_dense_layers) ||
               changed.contains(gene_optimizer)) {
      ++stages[2];
      EXPECT_TRUE(within(changed, hidden_genes) || within(changed, training_block));
    } else {
      ++stages[1];
      EXPECT_TRUE(within(changed, hidden_genes) || within(changed, training_block));
    }
  }
  EXPECT_NEAR(stages[0], 300, 60);
  // A block drawn anew may change one value alone, or none, so the two are told apart in part only.
  EXPECT_GE(stages[1], 60);
  EXPECT_GE(stages[2], 300);
}

TEST(Greedy, TheBestIsTheLeaderboardsFirst) {
  for (const proto::Metric metric : {proto::METRIC_ACCURACY, proto::METRIC_LOG_LOSS}) {
    proto::Experiment experiment = default_experiment(proto::SAMPLER_KIND_GREEDY, 7);
    experiment.mutable_data()->set_metric(metric);
    const auto proposer = make_proposer(experiment, small_shape);
    const auto random = sampler_beside(experiment);
    const Space space(experiment.space());
    History history;
    for (std::uint64_t id = 0; id < 6; ++id) {
      add(history, *random->propose(TrialId(id), 0, {}), TrialState::completed,
          id == 2 ? 0.9 : (id == 4 ? 0.1 : 0.5));
    }
    const std::uint64_t best = metric == proto::METRIC_ACCURACY ? 2 : 4;
    std::array<int, 6> near{};
    for (std::uint64_t id = 6; id < 206; ++id) {
      const Genome child = genome_of(space, *proposer->propose(TrialId(id), 0, history));
      for (std::size_t i = 0; i < near.size(); ++i) {
        const Genome one = genome_of(space, history.trial(TrialId(i)).proposal);
        near[i] += differing(one, child).size() <= 1 ? 1 : 0;
      }
    }
    for (std::size_t i = 0; i < near.size(); ++i) {
      EXPECT_EQ(near[i] >= 40, i == best) << i;
    }
  }
}

TEST(Greedy, SeesNothingButCommittedRungsAndEnds) {
  const proto::Experiment experiment = default_experiment(proto::SAMPLER_KIND_GREEDY, 8);
  const auto proposer = make_proposer(experiment, small_shape);
  const auto random = sampler_beside(experiment);
  History history;
  const auto children = [&] {
    std::string lines;
    for (std::uint64_t id = 20; id < 50; ++id) lines += described(*proposer, id, 0, history) + '\n';
    return lines;
  };
  add(history, *random->propose(TrialId(0), 0, {}), TrialState::completed, 0.5);
  const std::string before = children();
  add(history, *random->propose(TrialId(1), 0, {}), TrialState::running, 0);
  history.commit_epoch(TrialId(1), {.epoch = Epoch(1), .tick = Tick(9), .validation_loss = 0, .score = 1});
  EXPECT_EQ(children(), before);
  history.pause(TrialId(1));
  EXPECT_NE(children(), before);
}

TEST(Greedy, AnImagesBlocksChangeByThemselves) {
  proto::Experiment experiment = default_experiment(proto::SAMPLER_KIND_GREEDY, 9);
  proto::SearchSpace& lists = *experiment.mutable_space();
  lists.clear_convolution_layers();
  for (const std::uint32_t layers : {1U, 2U}) lists.add_convolution_layers(layers);
  lists.clear_kernel_size();
  for (const std::uint32_t size : {3U, 5U}) lists.add_kernel_size(size);
  const auto proposer = make_proposer(experiment, image_shape);
  const Space space(lists);
  History history;
  add(history, *proposer->propose(TrialId(0), 0, {}), TrialState::completed, 0.5);
  const Genome parent = genome_of(space, history.trial(TrialId(0)).proposal);
  int of_convolutions = 0;
  for (std::uint64_t id = 1; id < 200; ++id) {
    const std::set<std::uint32_t> changed =
        differing(parent, genome_of(space, *proposer->propose(TrialId(id), 0, history)));
    if (changed.size() < 2) continue;
    bool convolutions_alone = true;
    for (const std::uint32_t gene : changed) {
      convolutions_alone = convolutions_alone && (gene >= first_filters || gene == gene_kernel_size ||
                                                  gene == gene_convolution_layers || gene == gene_pool);
    }
    of_convolutions += convolutions_alone ? 1 : 0;
  }
  EXPECT_GE(of_convolutions, 10);
}

TEST(Greedy, ASinglePointIsItsOwnChild) {
  proto::Experiment experiment = default_experiment(proto::SAMPLER_KIND_GREEDY);
  *experiment.mutable_space() = single_point();
  const auto proposer = make_proposer(experiment, small_shape);
  History history;
  for (std::uint64_t id = 0; id < 4; ++id) {
    EXPECT_EQ(described(*proposer, id, 3, history), "8 relu > 8 relu | adam 0.01 | batch 32");
    add(history, *proposer->propose(TrialId(id), 0, history), TrialState::completed, 0.5);
  }
}

}  // namespace
}  // namespace rondo::search
