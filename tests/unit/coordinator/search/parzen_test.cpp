#include "coordinator/search/parzen.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

namespace rondo::search {
namespace {

using ::testing::DoubleEq;
using ::testing::DoubleNear;
using ::testing::ElementsAre;
using ::testing::Pointwise;

using Indices = std::vector<std::uint32_t>;

std::vector<double> scaled(std::vector<double> values) {
  const double sum = std::accumulate(values.begin(), values.end(), 0.0);
  for (double& value : values) value /= sum;
  return values;
}

// optuna.samplers._tpe.sampler.default_weights of Optuna 3.1.
TEST(Parzen, OldTrialsWeighLess) {
  EXPECT_EQ(age_weights(0), std::vector<double>());
  EXPECT_EQ(age_weights(25), std::vector<double>(25, 1.0));
  EXPECT_THAT(age_weights(26)[0], DoubleEq(1.0 / 26));
  EXPECT_EQ(age_weights(26)[1], 1.0);
  const std::vector<double> weights = age_weights(28);
  EXPECT_THAT(weights[0], DoubleEq(1.0 / 28));
  EXPECT_THAT(weights[1], DoubleEq((1.0 + 1.0 / 28) / 2));
  EXPECT_THAT(weights[2], DoubleEq(1.0));
  EXPECT_EQ(weights[27], 1.0);
}

// _ParzenEstimator(…).log_pdf of Optuna 3.1 for CategoricalDistribution of 3 and observations 0, 2, 2, 0, 0.
TEST(Parzen, AnUnorderedListIsOptunasCategoricalKernel) {
  const std::vector<double> found =
      scaled(masses({.gene = 1, .count = 3, .ordered = false}, Indices{0, 2, 2, 0, 0}));
  // share 1/6: an observation's row is 7/9, 1/9, 1/9; the prior's 1/3 each.
  EXPECT_THAT(found, ElementsAre(DoubleEq((3 * 7 + 2 * 1 + 3) / 54.0), DoubleEq((3 + 2 + 3) / 54.0),
                                 DoubleEq((3 + 2 * 7 + 3) / 54.0)));
}

// Observations 1, 1, 6 of 8: in order 1, 1, prior 3.5, 6. The reaches are 0, 2.5 and 2.5, the least is 8 / 5.
TEST(Parzen, AnOrderedListReachesToTheFartherNeighbour) {
  const auto bell = [](double centre, double sigma) {
    std::vector<double> values;
    for (int j = 0; j < 8; ++j)
      values.push_back(std::exp(-(j - centre) * (j - centre) / (2 * sigma * sigma)));
    return scaled(values);
  };
  std::vector<double> expected(8);
  for (const auto& row : {bell(1, 1.6), bell(1, 2.5), bell(3.5, 8), bell(6, 2.5)}) {
    for (std::size_t j = 0; j < 8; ++j) expected[j] += row[j];
  }
  EXPECT_THAT(masses({.gene = 1, .count = 8, .ordered = true}, Indices{6, 1, 1}),
              Pointwise(DoubleNear(1e-14), expected));
}

TEST(Parzen, WithoutObservationsThePriorIsAlone) {
  EXPECT_EQ(masses({.gene = 1, .count = 4, .ordered = false}, Indices{}), std::vector<double>(4, 0.25));
  const std::vector<double> flat = masses({.gene = 1, .count = 4, .ordered = true}, Indices{});
  EXPECT_THAT(std::accumulate(flat.begin(), flat.end(), 0.0), DoubleEq(1));
  EXPECT_GT(flat[0], 0.23);
  EXPECT_EQ(flat[0], flat[3]);
}

TEST(Parzen, APickIsTheFirstIndexBeyondItsShare) {
  const std::vector<double> values = {1, 0, 2, 1};
  EXPECT_EQ(pick(values, 0), 0u);
  EXPECT_EQ(pick(values, 0.2499), 0u);
  EXPECT_EQ(pick(values, 0.25), 2u);
  EXPECT_EQ(pick(values, 0.7499), 2u);
  EXPECT_EQ(pick(values, 0.75), 3u);
  EXPECT_EQ(pick(values, 1 - 0x1p-53), 3u);
  EXPECT_EQ(pick(std::vector<double>{0.5}, 0.9), 0u);
}

// Two lists that agree: kernels keep them together, the prior alone lets them part.
TEST(JointParzen, KeepsSettingsTogether) {
  const std::vector<Choices> lists = {{.gene = 1, .count = 2, .ordered = false},
                                      {.gene = 2, .count = 5, .ordered = true}};
  const std::vector<Indices> observed = {{0, 1, 0, 1, 0, 1, 0, 1}, {0, 4, 0, 4, 0, 4, 0, 4}};
  const JointParzen joint(lists, observed);
  EXPECT_GT(joint.mass(Indices{0, 0}), 5 * joint.mass(Indices{0, 4}));
  EXPECT_GT(joint.mass(Indices{1, 4}), 5 * joint.mass(Indices{1, 0}));
  double total = 0;
  for (std::uint32_t a = 0; a < 2; ++a) {
    for (std::uint32_t b = 0; b < 5; ++b) total += joint.mass(Indices{a, b});
  }
  EXPECT_NEAR(total, 9, 1e-12);  // eight observations and the prior
  const random::Draws kernels(random::Key(5), random::Stream::sampler, 4);
  const random::Draws values(random::Key(5), random::Stream::sampler, 3);
  int together = 0;
  for (std::uint32_t k = 0; k < 200; ++k) {
    const Indices drawn = joint.draw(k, kernels, values);
    EXPECT_EQ(drawn, joint.draw(k, kernels, values));
    together += (drawn[0] == 0) == (drawn[1] < 2) ? 1 : 0;
  }
  EXPECT_GT(together, 140);
}

}  // namespace
}  // namespace rondo::search
