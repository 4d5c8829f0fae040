#include "coordinator/search/sobol_sampler.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "tests/unit/coordinator/search/samples.h"

namespace rondo::search {
namespace {

using testing::add;
using testing::default_experiment;
using testing::described;
using testing::genome_of;
using testing::single_point;
using testing::small_shape;

random::Draws draws_of(std::uint32_t dimension, std::uint64_t seed = 0) {
  return {random::derive_key(MasterSeed(seed), random::Domain::sampler), random::Stream::sampler, dimension,
          0};
}

// scipy.stats.qmc.Sobol(256, scramble=False, bits=32).random(1024), times 2^32.
TEST(SobolSequence, IsThePublishedOne) {
  const std::map<std::uint32_t, std::array<std::uint32_t, 8>> points = {
      {0, {0, 0, 0, 0, 0, 0, 0, 0}},
      {1, {2147483648, 2147483648, 2147483648, 2147483648, 2147483648, 2147483648, 2147483648, 2147483648}},
      {2, {3221225472, 1073741824, 1073741824, 1073741824, 3221225472, 3221225472, 1073741824, 3221225472}},
      {3, {1073741824, 3221225472, 3221225472, 3221225472, 1073741824, 1073741824, 3221225472, 1073741824}},
      {4, {1610612736, 1610612736, 2684354560, 3758096384, 2684354560, 2684354560, 536870912, 1610612736}},
      {5, {3758096384, 3758096384, 536870912, 1610612736, 536870912, 536870912, 2684354560, 3758096384}},
      {6, {2684354560, 536870912, 3758096384, 2684354560, 1610612736, 1610612736, 1610612736, 2684354560}},
      {7, {536870912, 2684354560, 1610612736, 536870912, 3758096384, 3758096384, 3758096384, 536870912}},
      {1000, {943718400, 415236096, 2227175424, 2906652672, 297795584, 1094713344, 3720347648, 1069547520}},
  };
  constexpr std::array<std::uint32_t, 8> dimensions = {0, 1, 2, 3, 9, 41, 95, 255};
  for (std::size_t d = 0; d < dimensions.size(); ++d) {
    const SobolColumns columns = sobol_columns(dimensions[d]);
    for (const auto& [index, point] : points) {
      EXPECT_EQ(sobol_point(columns, index), point[d]) << index << ' ' << dimensions[d];
    }
  }
}

// 2^k points from a multiple of 2^k on: one in each interval of length 2^-k, scrambled or not.
TEST(SobolSequence, EveryDimensionIsBalanced) {
  for (std::uint32_t dimension = 0; dimension < sobol_dimensions; ++dimension) {
    const SobolColumns columns = sobol_columns(dimension);
    const SobolColumns other = scrambled(columns, draws_of(dimension));
    EXPECT_NE(columns, other);
    for (const std::uint32_t k : {1U, 3U, 8U}) {
      const std::uint32_t points = 1U << k;
      std::set<std::uint32_t> plain;
      std::set<std::uint32_t> mixed;
      for (std::uint32_t i = 5 * points; i < 6 * points; ++i) {
        plain.insert(sobol_point(columns, i) >> (sobol_bits - k));
        mixed.insert(sobol_point(other, i) >> (sobol_bits - k));
      }
      EXPECT_EQ(plain.size(), points) << dimension;
      EXPECT_EQ(mixed.size(), points) << dimension;
    }
  }
}

// The first two dimensions are a (0, 2)-sequence: balanced in every elementary box of 2^-8.
TEST(SobolSequence, TheFirstTwoDimensionsAreBalancedTogether) {
  const SobolColumns x = scrambled(sobol_columns(0), draws_of(0, 3));
  const SobolColumns y = scrambled(sobol_columns(1), draws_of(1, 3));
  for (std::uint32_t a = 1; a < 8; ++a) {
    std::set<std::pair<std::uint32_t, std::uint32_t>> boxes;
    for (std::uint32_t i = 0; i < 256; ++i) {
      boxes.emplace(sobol_point(x, i) >> (sobol_bits - a), sobol_point(y, i) >> (sobol_bits - (8 - a)));
    }
    EXPECT_EQ(boxes.size(), 256u) << a;
  }
}

TEST(SobolSampler, ReadsNothingAndIsAFunctionOfItsArguments) {
  const auto once = make_proposer(default_experiment(proto::SAMPLER_KIND_SOBOL), small_shape);
  const auto again = make_proposer(default_experiment(proto::SAMPLER_KIND_SOBOL), small_shape);
  const auto seeded = make_proposer(default_experiment(proto::SAMPLER_KIND_SOBOL, 1), small_shape);
  EXPECT_FALSE(once->reads_history());
  History history;
  std::set<std::string> attempts;
  int equal = 0;
  for (std::uint64_t id = 40; id-- > 0;) {
    add(history, *once->propose(TrialId(id), 0, {}), TrialState::completed, 0.5);
    EXPECT_EQ(described(*once, id, 0, history), described(*again, id));
    EXPECT_EQ(described(*once, id, 7, history), described(*again, id, 7));
    equal += described(*once, id) == described(*seeded, id) ? 1 : 0;
    attempts.insert(described(*once, 3, static_cast<std::uint32_t>(id)));
  }
  EXPECT_LT(equal, 10);
  EXPECT_GE(attempts.size(), 35u);
}

// 4 depths, 8 widths: 32 trials have each depth and each first width equally often, whatever the attempt.
TEST(SobolSampler, CoversEveryListEvenly) {
  proto::Experiment experiment = default_experiment(proto::SAMPLER_KIND_SOBOL);
  *experiment.mutable_space() = single_point();
  experiment.mutable_space()->mutable_dense_layers()->Clear();
  for (const std::uint32_t layers : {1U, 2U, 3U, 64U}) experiment.mutable_space()->add_dense_layers(layers);
  for (std::uint32_t units = 9; units < 16; ++units) experiment.mutable_space()->add_units(units);
  const auto proposer = make_proposer(experiment, small_shape);
  const Space space(experiment.space());
  for (const std::uint32_t attempt : {0U, 5U}) {
    std::map<std::uint32_t, int> depths;
    std::map<std::uint32_t, int> widths;
    for (std::uint64_t id = 32; id < 64; ++id) {
      const Genome genome = genome_of(space, *proposer->propose(TrialId(id), attempt, {}));
      ++depths[genome[gene_dense_layers]];
      ++widths[genome[first_width]];
      if (genome[gene_dense_layers] == 0) {
        EXPECT_EQ(genome[first_width + 1], 0u);
      }
    }
    EXPECT_EQ(depths, (std::map<std::uint32_t, int>{{0, 8}, {1, 8}, {2, 8}, {3, 8}}));
    ASSERT_EQ(widths.size(), 8u);
    for (const auto& [width, count] : widths) EXPECT_EQ(count, 4) << width;
  }
}

}  // namespace
}  // namespace rondo::search
