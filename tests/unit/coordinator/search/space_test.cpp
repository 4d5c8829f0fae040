#include "coordinator/search/space.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <limits>
#include <set>

#include "common/base/error.h"
#include "tests/unit/coordinator/search/samples.h"

namespace rondo::search {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using testing::default_experiment;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::image_shape;
using ::testing::Not;
using testing::single_point;
using testing::small_shape;

proto::SearchSpace default_space() {
  return default_experiment(proto::SAMPLER_KIND_RANDOM).space();
}

// Two or more choices everywhere, no hidden layer among the depths.
proto::SearchSpace varied_space() {
  proto::SearchSpace space = single_point();
  space.add_dense_layers(0);
  space.add_units(4);
  space.add_units(16);
  space.add_activation(proto::ACTIVATION_GELU);
  space.add_batch_norm(true);
  space.add_dropout(0.5F);
  space.add_optimizer(proto::OPTIMIZER_KIND_SGD);
  space.add_optimizer(proto::OPTIMIZER_KIND_ADAMW);
  space.add_learning_rate(0.1F);
  space.add_weight_decay(0.2F);
  space.add_weight_decay(0.3F);
  space.add_momentum(0.9F);
  space.add_batch_size(64);
  space.add_initialization(proto::INITIALIZATION_HE_NORMAL);
  return space;
}

// Two choices of all that belongs to images and norms, one of all else.
proto::SearchSpace image_space() {
  proto::SearchSpace space = single_point();
  space.add_convolution_layers(1);
  space.add_convolution_layers(2);
  space.add_filters(3);
  space.add_kernel_size(5);
  space.add_separable(true);
  space.add_pool(1);
  space.add_global_average(true);
  space.set_dense_layers(0, 0);
  space.add_dense_layers(1);
  space.add_batch_norm(true);
  space.add_layer_norm(true);
  space.add_dropout(0.5F);
  return space;
}

TEST(Space, CountsEveryNetworkOnce) {
  // 7 + 7² + 7³ widths, 1 activation, 2 · 3 batch norm and dropout; (5 + 5 + 5) optimizers and rates.
  EXPECT_EQ(Space(default_space()).size(), 399u * 6 * 15);
  // (1 + 3² · 2³) blocks; 2 rates · (1 adam + 2 momenta + 3 decays); 2 batches · 2 initializations.
  EXPECT_EQ(Space(varied_space()).size(), 73u * 12 * 4);
  EXPECT_EQ(Space(single_point()).size(), 1u);
}

TEST(Space, EveryIndexIsANetworkOfItsOwn) {
  const Space space(varied_space());
  std::set<std::string> seen;
  for (std::uint64_t index = 0; index < space.size(); ++index) {
    const Genome genome = space.at(index);
    const std::string bytes = canonical_bytes(space.architecture(genome));
    EXPECT_TRUE(seen.insert(bytes).second) << describe(space.architecture(genome));
    EXPECT_EQ(space.genome_of(parse_architecture(bytes)), genome);
  }
  EXPECT_EQ(seen.size(), space.size());
}

TEST(Space, DrawsAreNetworksOfTheSpace) {
  const Space space(varied_space());
  std::set<Genome> all;
  for (std::uint64_t index = 0; index < space.size(); ++index) all.insert(space.at(index));
  for (std::uint64_t key = 0; key < 2000; ++key) {
    const Genome genome = space.draw(random::Draws(random::Key(key), random::Stream::sampler));
    EXPECT_TRUE(all.contains(genome)) << describe(space.architecture(genome));
  }
}

TEST(Space, AGenesDrawHasItsOwnAddress) {
  const Space space(varied_space());
  const random::Draws draws(random::Key(5), random::Stream::sampler, 0, 3);
  const Genome genome = space.draw(draws);
  for (const std::uint32_t gene : space.genes(genome)) {
    EXPECT_EQ(genome[gene], draws.bounded(gene, space.choices(gene))) << gene;
  }
}

TEST(Space, OnlyWhatAppliesIsAGene) {
  const Space space(varied_space());
  Genome genome = space.at(0);
  EXPECT_THAT(space.genes(genome),
              ElementsAre(gene_convolution_layers, gene_dense_layers, first_width, first_width + 1,
                          gene_activation, gene_batch_norm, gene_layer_norm, gene_dropout, gene_optimizer,
                          gene_learning_rate, gene_batch_size, gene_initialization));
  genome[gene_batch_norm] = 1;
  EXPECT_THAT(space.genes(genome), Not(Contains(gene_layer_norm)));
  genome[gene_dense_layers] = 1;  // no hidden layer
  genome[gene_optimizer] = 1;     // sgd
  EXPECT_THAT(space.genes(genome),
              ElementsAre(gene_convolution_layers, gene_dense_layers, gene_optimizer, gene_learning_rate,
                          gene_momentum, gene_batch_size, gene_initialization));
  genome[gene_optimizer] = 2;  // adamw
  EXPECT_THAT(space.genes(genome),
              ElementsAre(gene_convolution_layers, gene_dense_layers, gene_optimizer, gene_learning_rate,
                          gene_weight_decay, gene_batch_size, gene_initialization));
}

// 2 hidden layers or none; two choices everywhere but of what images have, and layer norm.
TEST(Space, KnowsWhichGenesVary) {
  EXPECT_THAT(Space(single_point()).varied_genes(), ElementsAre());
  EXPECT_THAT(Space(varied_space()).varied_genes(),
              ElementsAre(gene_dense_layers, gene_activation, gene_batch_norm, gene_dropout, gene_optimizer,
                          gene_learning_rate, gene_weight_decay, gene_momentum, gene_batch_size,
                          gene_initialization, first_width, first_width + 1));
}

TEST(Space, ALargeSpaceIsCountedUpToTheLastNumber) {
  proto::SearchSpace lists = default_space();
  lists.clear_dense_layers();
  for (const std::uint32_t layers : {1U, 64U, 2U}) lists.add_dense_layers(layers);
  const Space space(lists);
  constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  EXPECT_EQ(space.size(), most);
  // The first networks have one layer; those of 64 layers follow, and never end.
  EXPECT_EQ(space.architecture(space.at(7 * 6 * 15 - 1)).blocks_size(), 1);
  EXPECT_EQ(space.architecture(space.at(7 * 6 * 15)).blocks_size(), 64);
  EXPECT_EQ(space.architecture(space.at(most - 1)).blocks_size(), 64);
  EXPECT_NE(space.at(most - 1), space.at(most - 2));
}

TEST(Space, KnowsTheWorkOfItsLargestNetwork) {
  ProblemShape shape = small_shape;
  shape.outputs = 3;
  // 10 · 1024 + 2 · 1024² + 1024 · 3
  EXPECT_EQ(Space(default_space()).most_multiply_adds(shape), 10u * 1024 + 2 * 1024 * 1024 + 1024 * 3);
  proto::SearchSpace lists = single_point();
  lists.set_dense_layers(0, 0);
  EXPECT_EQ(Space(lists).most_multiply_adds(shape), 30u);
  constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  shape.inputs = most;
  EXPECT_EQ(Space(lists).most_multiply_adds(shape), most);
  EXPECT_EQ(Space(single_point()).most_multiply_adds(shape), most);
}

// Every network of the space, one by one.
TEST(Space, NoNetworkTakesMoreThanTheLargest) {
  const Space space(image_space());
  std::uint64_t largest = 0;
  for (std::uint64_t index = 0; index < space.size(); ++index) {
    largest = std::max(largest, multiply_adds_per_row(space.architecture(space.at(index)), image_shape));
  }
  EXPECT_EQ(space.most_multiply_adds(image_shape), largest);
}

TEST(Space, CountsConvolutionsAndTheirChoices) {
  // Convolutions and average: 1 + 2 filters · 2⁴ + 2² filters · 2⁴. Without them and without hidden layers:
  // 1; with convolutions alone 2 batch norms · 2 dropouts; with a hidden layer (1 + 2) norms · 2 dropouts.
  EXPECT_EQ(Space(image_space()).size(), (1u + 6) + (2 + 4) * 16 * (4 + 6));
}

TEST(Space, EveryImageNetworkIsANetworkOfItsOwn) {
  const Space space(image_space());
  std::set<std::string> seen;
  std::set<Genome> all;
  for (std::uint64_t index = 0; index < space.size(); ++index) {
    const Genome genome = space.at(index);
    all.insert(genome);
    const std::string bytes = canonical_bytes(space.architecture(genome));
    EXPECT_TRUE(seen.insert(bytes).second) << describe(space.architecture(genome));
    EXPECT_EQ(space.genome_of(parse_architecture(bytes)), genome);
  }
  std::set<Genome> drawn;
  for (std::uint64_t key = 0; key < 5000; ++key) {
    const random::Draws draws(random::Key(key), random::Stream::sampler);
    const Genome genome = space.draw(draws);
    EXPECT_TRUE(all.contains(genome)) << describe(space.architecture(genome));
    for (const std::uint32_t gene : space.genes(genome)) {
      EXPECT_EQ(genome[gene], draws.bounded(gene, space.choices(gene))) << gene;
    }
    drawn.insert(genome);
  }
  EXPECT_GT(drawn.size(), all.size() / 2);
}

TEST(Space, GenesOfConvolutionsApplyWithThem) {
  const Space space(image_space());
  EXPECT_THAT(space.genes(space.at(space.size() - 1)),
              ElementsAre(gene_convolution_layers, first_filters, first_filters + 1, gene_kernel_size,
                          gene_separable, gene_pool, gene_global_average, gene_dense_layers, first_width,
                          gene_activation, gene_batch_norm, gene_dropout, gene_optimizer, gene_learning_rate,
                          gene_batch_size, gene_initialization));
  // No hidden layer: no layer norm.
  Genome genome = space.at(space.size() - 1);
  genome[gene_dense_layers] = 0;
  genome[gene_batch_norm] = 0;
  EXPECT_THAT(space.genes(genome), AllOf(Contains(gene_activation), Not(Contains(gene_layer_norm))));
}

TEST(Space, RefusesAnEmptyListAndAValueThatStandsTwice) {
  const auto message = [](const std::function<void(proto::SearchSpace&)>& change) {
    proto::SearchSpace lists = single_point();
    change(lists);
    try {
      const Space space(lists);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::bad_input);
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  EXPECT_THAT(message([](auto& lists) { lists.clear_units(); }), HasSubstr("space.units: the list is empty"));
  EXPECT_THAT(message([](auto& lists) { lists.clear_momentum(); }), HasSubstr("space.momentum"));
  EXPECT_THAT(message([](auto& lists) { lists.add_dropout(0); }), HasSubstr("space.dropout: a value stands"));
  EXPECT_THAT(message([](auto& lists) { lists.add_dropout(-0.0F); }), HasSubstr("space.dropout"));
  EXPECT_THAT(message([](auto& lists) { lists.add_optimizer(proto::OPTIMIZER_KIND_ADAM); }),
              HasSubstr("space.optimizer"));
  EXPECT_THAT(message([](auto& lists) { lists.add_batch_norm(false); }), HasSubstr("space.batch_norm"));
  EXPECT_THAT(message([](auto& lists) { lists.clear_filters(); }), HasSubstr("space.filters"));
  EXPECT_THAT(message([](auto& lists) { lists.add_layer_norm(false); }), HasSubstr("space.layer_norm"));
  EXPECT_THAT(message([](auto& lists) { lists.add_kernel_size(4); }), HasSubstr("4 is even"));
}

TEST(Space, AForeignNetworkIsRefusedByTheListThatLacksIt) {
  proto::Architecture network = Space(single_point()).architecture(Space(single_point()).at(0));
  network.mutable_blocks(0)->set_units(9);
  try {
    static_cast<void>(Space(single_point()).genome_of(network));
    FAIL() << "9 units were found";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::bad_input);
    EXPECT_STREQ(error.what(), "space.units has no 9");
  }
}

TEST(SpaceDeathTest, AnIndexBehindTheEndIsABug) {
  EXPECT_DEATH((void)Space(single_point()).at(1), "network 1 of 1");
}

}  // namespace
}  // namespace rondo::search
