// Batch norm: every target against plain loops, and small numbers worked by hand.
#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "tests/unit/worker/kernels/reference.h"
#include "worker/kernels/kernels.h"

namespace rondo::kernels::test {
namespace {

// Around registers and the blocks of 256 columns.
constexpr Extent extents[] = {{1, 1},   {1, 7},   {2, 3}, {5, 16},  {7, 63},  {3, 64}, {4, 65},
                              {33, 17}, {2, 130}, {3, 0}, {3, 256}, {4, 257}, {2, 513}};

class BatchNorm : public testing::TestWithParam<Extent> {};
INSTANTIATE_TEST_SUITE_P(Extents, BatchNorm, testing::ValuesIn(extents), [](const auto& instance) {
  return std::to_string(instance.param.rows) + "_" + std::to_string(instance.param.units);
});

TEST_P(BatchNorm, EqualsPlainLoopsOnEveryTarget) {
  const auto [rows, units] = GetParam();
  const std::size_t size = rows * units;
  for (const Kind kind : all_kinds) {
    const Floats x = values(kind, 1, size);
    const Floats gamma = values(kind, 2, units);
    const Floats beta = values(kind, 3, units);
    const Floats gradient = values(kind, 4, size);
    Floats variance = values(kind, 6, units);
    for (float& v : variance) v = std::fabs(v);
    Normalization wanted = {values(kind, 5, units), variance, {}, {}, {}};
    const Floats mean = wanted.running_mean;
    normalize_batch(rows, units, x, gamma, beta, wanted);
    const Floats inference = normalize_running(rows, units, x, gamma, beta, wanted);
    const NormalizationGradient back = normalization_back(rows, units, wanted, gamma, gradient);
    for (const KernelTable* table : available_tables()) {
      const std::string where = std::string(table->name) + " " + name_of(kind) + " ";
      Buffer x_in(x);
      Buffer gamma_in(gamma);
      Buffer beta_in(beta);
      Buffer running_mean(mean);
      Buffer running_variance(variance);
      Buffer normalized = Buffer::poisoned(size);
      Buffer inverse = Buffer::poisoned(units);
      Buffer y = Buffer::poisoned(size);
      table->batch_norm_training(rows, units, units, x_in.data(), gamma_in.data(), beta_in.data(),
                                 running_mean.data(), running_variance.data(), normalized.data(),
                                 inverse.data(), y.data());
      expect_same(running_mean.values(), wanted.running_mean, where + "running mean");
      expect_same(running_variance.values(), wanted.running_variance, where + "running variance");
      expect_same(normalized.values(), wanted.normalized, where + "normalized");
      expect_same(inverse.values(), wanted.inverse, where + "inverse deviation");
      expect_same(y.values(), wanted.y, where + "y");
      table->batch_norm_inference(rows, units, x_in.data(), gamma_in.data(), beta_in.data(),
                                  running_mean.data(), running_variance.data(), x_in.data());
      expect_same(x_in.values(), inference, where + "inference, in place");
      Buffer g(gradient);
      Buffer d_gamma = Buffer::poisoned(units);
      Buffer d_beta = Buffer::poisoned(units);
      table->batch_norm_backward(rows, units, units, normalized.data(), inverse.data(), gamma_in.data(),
                                 g.data(), d_gamma.data(), d_beta.data());
      expect_same(g.values(), back.dx, where + "dx");
      expect_same(d_gamma.values(), back.d_gamma, where + "d_gamma");
      expect_same(d_beta.values(), back.d_beta, where + "d_beta");
    }
  }
}

// 1 and 3: mean 2, biased variance 1, normalized ∓1 / √1.001.
TEST(BatchNormTraining, OfTwoRows) {
  Floats running_mean = {10.0F};
  Floats running_variance = {2.0F};
  Floats normalized(2);
  Floats inverse(1);
  Floats y(2);
  batch_norm_training({2, 1}, Floats{1.0F, 3.0F}, Floats{2.0F}, Floats{0.5F}, running_mean, running_variance,
                      normalized, inverse, y);
  EXPECT_FLOAT_EQ(running_mean[0], 9.2F);      // 10 + (2 - 10) / 10
  EXPECT_FLOAT_EQ(running_variance[0], 1.9F);  // of the biased variance: 2 + (1 - 2) / 10
  EXPECT_FLOAT_EQ(inverse[0], static_cast<float>(1 / std::sqrt(1.001)));
  EXPECT_FLOAT_EQ(normalized[0], -inverse[0]);
  EXPECT_FLOAT_EQ(y[1], 2 * inverse[0] + 0.5F);
}

// One row has no variance: what remains is beta.
TEST(BatchNormTraining, OfOneRowGivesBeta) {
  Floats running(1, 0.0F);
  Floats variance(1, 1.0F);
  Floats normalized(1);
  Floats inverse(1);
  Floats y(1);
  batch_norm_training({1, 1}, Floats{7.0F}, Floats{3.0F}, Floats{0.25F}, running, variance, normalized,
                      inverse, y);
  EXPECT_EQ(y[0], 0.25F);
  EXPECT_FLOAT_EQ(variance[0], 0.9F);
}

// A mean that is far from 0 does not swallow the variance: two passes.
TEST(BatchNormTraining, KeepsASmallVarianceBesideALargeMean) {
  Floats running(1, 0.0F);
  Floats variance(1, 0.0F);
  Floats normalized(2);
  Floats inverse(1);
  Floats y(2);
  batch_norm_training({2, 1}, Floats{16777215.0F, 16777213.0F}, Floats{1.0F}, Floats{0.0F}, running, variance,
                      normalized, inverse, y);
  EXPECT_FLOAT_EQ(variance[0], 0.1F);
}

// The batch's gradient by x has no component along 1 nor along normalized.
TEST(BatchNormBackward, TakesAwayTheMeanAndTheScale) {
  Normalization n = {{0.0F}, {1.0F}, {}, {}, {}};
  const Floats x = values(Kind::plain, 1, 32);
  normalize_batch(32, 1, x, {1.5F}, {0.0F}, n);
  Floats gradient = values(Kind::plain, 2, 32);
  Floats d_gamma(1);
  Floats d_beta(1);
  batch_norm_backward({32, 1}, n.normalized, n.inverse, Floats{1.5F}, gradient, d_gamma, d_beta);
  EXPECT_NEAR(sum(gradient), 0, 1e-5);
  EXPECT_NEAR(dot(gradient, n.normalized), 0, 0.02);  // epsilon is in the deviation
}

}  // namespace
}  // namespace rondo::kernels::test
