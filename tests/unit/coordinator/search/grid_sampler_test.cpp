#include "coordinator/search/grid_sampler.h"

#include <gtest/gtest.h>

#include <set>
#include <vector>

#include "tests/unit/coordinator/search/samples.h"

namespace rondo::search {
namespace {

using testing::default_experiment;
using testing::described;
using testing::single_point;
using testing::small_shape;

std::unique_ptr<Proposer> grid(const proto::SearchSpace& space) {
  proto::Experiment experiment = default_experiment(proto::SAMPLER_KIND_GRID);
  *experiment.mutable_space() = space;
  return make_proposer(experiment, small_shape);
}

// Written by hand from README.md's order.
TEST(GridSampler, FollowsTheStatedOrder) {
  proto::SearchSpace space = single_point();
  space.add_dense_layers(0);
  space.add_units(4);
  space.add_optimizer(proto::OPTIMIZER_KIND_SGD);
  space.add_momentum(0.9F);
  space.add_weight_decay(0.9F);  // no adamw in the space: it makes no network
  const std::vector<std::string> expected = {"8 relu > 8 relu | adam 0.01 | batch 32",
                                             "8 relu > 8 relu | sgd 0.01 momentum 0.5 | batch 32",
                                             "8 relu > 8 relu | sgd 0.01 momentum 0.9 | batch 32",
                                             "8 relu > 4 relu | adam 0.01 | batch 32",
                                             "8 relu > 4 relu | sgd 0.01 momentum 0.5 | batch 32",
                                             "8 relu > 4 relu | sgd 0.01 momentum 0.9 | batch 32",
                                             "4 relu > 8 relu | adam 0.01 | batch 32",
                                             "4 relu > 8 relu | sgd 0.01 momentum 0.5 | batch 32",
                                             "4 relu > 8 relu | sgd 0.01 momentum 0.9 | batch 32",
                                             "4 relu > 4 relu | adam 0.01 | batch 32",
                                             "4 relu > 4 relu | sgd 0.01 momentum 0.5 | batch 32",
                                             "4 relu > 4 relu | sgd 0.01 momentum 0.9 | batch 32",
                                             "linear | adam 0.01 | batch 32",
                                             "linear | sgd 0.01 momentum 0.5 | batch 32",
                                             "linear | sgd 0.01 momentum 0.9 | batch 32",
                                             "nothing",
                                             "nothing"};
  const auto proposer = grid(space);
  EXPECT_FALSE(proposer->reads_history());
  for (std::uint64_t id = 0; id < expected.size(); ++id) EXPECT_EQ(described(*proposer, id), expected[id]);
  EXPECT_EQ(described(*proposer, 0xffffffffffffffff), "nothing");
}

// Written by hand from README.md's order.
TEST(GridSampler, PutsConvolutionsOutsideOfHiddenLayers) {
  proto::SearchSpace space = single_point();
  space.set_convolution_layers(0, 1);
  space.add_convolution_layers(0);
  space.add_filters(6);
  space.add_pool(1);
  space.add_global_average(true);
  space.set_dense_layers(0, 0);
  space.add_dense_layers(1);
  space.set_batch_norm(0, true);
  space.add_batch_norm(false);
  space.add_layer_norm(true);
  proto::Experiment experiment = default_experiment(proto::SAMPLER_KIND_GRID);
  *experiment.mutable_space() = space;
  const auto proposer = make_proposer(experiment, testing::image_shape);
  std::vector<std::string> expected;
  for (const std::string filters : {"4", "6"}) {
    for (const std::string pool : {" pool 2", ""}) {
      for (const std::string average : {"", " > average"}) {
        for (const std::string norm : {" bn", ""})
          expected.push_back(filters + " conv 3 relu" + norm + pool + average);
        for (const std::string norm : {" bn", "", " ln"}) {
          expected.push_back(filters + " conv 3 relu" + (norm == " bn" ? norm : "") + pool + average +
                             " > 8 relu" + norm);
        }
      }
    }
  }
  for (const char* dense : {"linear", "8 relu bn", "8 relu", "8 relu ln"}) expected.emplace_back(dense);
  for (std::uint64_t id = 0; id < expected.size(); ++id) {
    EXPECT_EQ(described(*proposer, id), expected[id] + " | adam 0.01 | batch 32");
  }
  EXPECT_EQ(described(*proposer, expected.size()), "nothing");
}

TEST(GridSampler, TheLastSettingTurnsFastest) {
  proto::SearchSpace space = single_point();
  space.set_optimizer(0, proto::OPTIMIZER_KIND_ADAMW);
  space.add_activation(proto::ACTIVATION_TANH);
  space.add_batch_norm(true);
  space.add_dropout(0.5F);
  space.add_learning_rate(1);
  space.add_weight_decay(0.2F);
  space.add_batch_size(64);
  space.add_initialization(proto::INITIALIZATION_HE_NORMAL);
  const auto proposer = grid(space);
  const auto at = [&](std::uint64_t id) { return described(*proposer, id); };
  EXPECT_EQ(at(0), "8 relu > 8 relu | adamw 0.01 decay 0.1 | batch 32");
  EXPECT_EQ(at(1), "8 relu > 8 relu | adamw 0.01 decay 0.1 | batch 32 | he_normal");
  EXPECT_EQ(at(2), "8 relu > 8 relu | adamw 0.01 decay 0.1 | batch 64");
  EXPECT_EQ(at(4), "8 relu > 8 relu | adamw 0.01 decay 0.2 | batch 32");
  EXPECT_EQ(at(8), "8 relu > 8 relu | adamw 1 decay 0.1 | batch 32");
  EXPECT_EQ(at(16), "8 relu drop 0.5 > 8 relu drop 0.5 | adamw 0.01 decay 0.1 | batch 32");
  EXPECT_EQ(at(32), "8 relu bn > 8 relu bn | adamw 0.01 decay 0.1 | batch 32");
  EXPECT_EQ(at(64), "8 tanh > 8 tanh | adamw 0.01 decay 0.1 | batch 32");
  EXPECT_EQ(at(128), "nothing");
}

TEST(GridSampler, IsCompleteAndNeverRepeats) {
  proto::SearchSpace space = single_point();
  space.set_dense_layers(0, 3);
  space.add_dense_layers(1);
  space.add_units(4);
  space.add_units(2);
  space.add_dropout(0.25F);
  space.add_optimizer(proto::OPTIMIZER_KIND_ADAMW);
  space.add_optimizer(proto::OPTIMIZER_KIND_SGD);
  space.add_momentum(0);
  space.add_weight_decay(0);
  const auto proposer = grid(space);
  std::set<Digest> digests;
  std::uint64_t id = 0;
  while (const auto proposal = proposer->propose(TrialId(id), 0, {})) {
    EXPECT_EQ(proposal->digest, content_digest(proposal->architecture));
    EXPECT_TRUE(digests.insert(proposal->digest).second) << described(*proposer, id);
    ++id;
  }
  // (3³ + 3) widths · 2 dropouts · (1 adam + 2 decays + 2 momenta)
  EXPECT_EQ(id, 300u);
  // Every network that random search finds is in it.
  proto::Experiment experiment = default_experiment(proto::SAMPLER_KIND_RANDOM);
  *experiment.mutable_space() = space;
  const auto random = make_proposer(experiment, small_shape);
  std::set<Digest> found;
  for (std::uint64_t k = 0; k < 2000; ++k) found.insert(random->propose(TrialId(k), 0, {})->digest);
  for (const Digest& digest : found) EXPECT_TRUE(digests.contains(digest));
  EXPECT_GE(found.size(), 200u);
}

TEST(GridSampler, HasNothingToDrawAgain) {
  const auto proposer = grid(default_experiment(proto::SAMPLER_KIND_GRID).space());
  EXPECT_EQ(described(*proposer, 35'909, 7), described(*proposer, 35'909, 0));
  EXPECT_EQ(
      described(*proposer, 35'909),
      "1024 relu bn drop 0.5 > 1024 relu bn drop 0.5 > 1024 relu bn drop 0.5 | sgd 1e-05 momentum 0.9 | "
      "batch 32");
  EXPECT_EQ(described(*proposer, 35'910), "nothing");
}

}  // namespace
}  // namespace rondo::search
