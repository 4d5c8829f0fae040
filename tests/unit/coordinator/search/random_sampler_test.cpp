#include "coordinator/search/random_sampler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <map>
#include <set>
#include <vector>

#include "tests/unit/coordinator/search/samples.h"

namespace rondo::search {
namespace {

using testing::add;
using testing::default_experiment;
using testing::described;
using testing::genome_of;
using testing::small_shape;

std::unique_ptr<Proposer> sampler(std::uint64_t seed = 0) {
  return make_proposer(default_experiment(proto::SAMPLER_KIND_RANDOM, seed), small_shape);
}

// Expected: README.md's addresses, worked out by an independent program (SHA-256 of Python's hashlib, Philox
// written from the paper and checked against its known answers, whole-number products).
TEST(RandomSampler, DrawsTheNetworksOfItsAddresses) {
  EXPECT_EQ(described(*sampler(0), 0), "512 relu | adamw 0.1 decay 0.01 | batch 32");
  EXPECT_EQ(described(*sampler(0), 0, 1), "16 relu | sgd 1e-05 momentum 0.9 | batch 32");
  EXPECT_EQ(described(*sampler(0), 1), "256 relu bn drop 0.5 > 16 relu bn drop 0.5 | adam 0.01 | batch 32");
  EXPECT_EQ(described(*sampler(42), 7), "128 relu > 32 relu > 256 relu | adam 0.001 | batch 32");
  EXPECT_EQ(described(*sampler(42), 7, 3), "32 relu bn drop 0.5 | adam 0.01 | batch 32");
  EXPECT_EQ(described(*sampler(0xffffffffffffffff), 999'999, 19),
            "128 relu bn drop 0.5 > 128 relu bn drop 0.5 | sgd 0.1 momentum 0.9 | batch 32");
}

// Pearson's chi-square of every gene, over the trials to which it applies. Bounds: the upper 1e-4 quantile by
// degrees of freedom, from tables; the seeds are fixed, so the test is too.
TEST(RandomSampler, EveryGeneIsUniform) {
  const std::map<std::uint32_t, double> bounds = {{1, 15.14}, {2, 18.42}, {4, 23.51}, {6, 27.86}};
  const Space space(default_experiment(proto::SAMPLER_KIND_RANDOM).space());
  for (const std::uint64_t seed : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{0xffffffffffffffff}}) {
    const auto proposer = sampler(seed);
    std::map<std::uint32_t, std::vector<double>> counts;
    for (std::uint64_t id = 0; id < 3000; ++id) {
      const Genome genome = genome_of(space, proposer->propose(TrialId(id), 0, {}).value());
      for (const std::uint32_t gene : space.genes(genome)) {
        counts[gene].resize(space.choices(gene));
        ++counts[gene][genome[gene]];
      }
    }
    ASSERT_EQ(counts.size(), 15u);  // twelve settings, three widths
    for (const auto& [gene, count] : counts) {
      double trials = 0;
      for (const double n : count) trials += n;
      const double expected = trials / static_cast<double>(count.size());
      double chi_square = 0;
      for (const double n : count) chi_square += (n - expected) * (n - expected) / expected;
      if (count.size() == 1) continue;
      EXPECT_GE(trials, 900) << gene;
      EXPECT_LT(chi_square, bounds.at(static_cast<std::uint32_t>(count.size()) - 1)) << gene << ' ' << seed;
    }
  }
}

TEST(RandomSampler, IsAFunctionOfSeedIdAndAttemptAlone) {
  const auto once = sampler(3);
  const auto again = sampler(3);
  History full;
  for (std::uint64_t id = 0; id < 50; ++id) {
    add(full, once->propose(TrialId(id), 0, {}).value(), TrialState::completed, 0.5);
  }
  EXPECT_FALSE(once->reads_history());
  // Called in another order, and with another history.
  for (std::uint64_t id = 100; id-- > 0;) {
    EXPECT_EQ(described(*once, id, 2), described(*again, id, 2, full)) << id;
  }
  std::set<std::string> seeds;
  for (std::uint64_t seed = 0; seed < 10; ++seed) seeds.insert(described(*sampler(seed), 0));
  EXPECT_GE(seeds.size(), 8u);
}

TEST(RandomSampler, AnotherAttemptIsAnotherDraw) {
  const auto proposer = sampler(9);
  for (std::uint64_t id = 0; id < 5; ++id) {
    std::set<std::string> networks;
    for (std::uint32_t attempt = 0; attempt < 20; ++attempt) {
      networks.insert(described(*proposer, id, attempt));
    }
    EXPECT_GE(networks.size(), 18u) << id;  // of 35,910
  }
}

}  // namespace
}  // namespace rondo::search
