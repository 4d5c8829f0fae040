// Layer norm: every target against plain loops, and small numbers worked by hand.
#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "tests/unit/worker/kernels/reference.h"
#include "worker/kernels/kernels.h"

namespace rondo::kernels::test {
namespace {

// Around registers, the 16 lanes, and blocks of rows and columns.
constexpr Extent extents[] = {{1, 1},    {7, 1},   {2, 3},   {17, 10}, {5, 15},  {4, 16},  {33, 17},
                              {3, 31},   {16, 32}, {19, 64}, {7, 63},  {2, 65},  {9, 128}, {3, 131},
                              {2, 1025}, {0, 5},   {0, 40},  {16, 10}, {32, 15}, {31, 2},  {9, 257}};

class LayerNorm : public testing::TestWithParam<Extent> {};
INSTANTIATE_TEST_SUITE_P(Extents, LayerNorm, testing::ValuesIn(extents), [](const auto& instance) {
  return std::to_string(instance.param.rows) + "_" + std::to_string(instance.param.units);
});

TEST_P(LayerNorm, EqualsPlainLoopsOnEveryTarget) {
  const auto [rows, units] = GetParam();
  const std::size_t size = rows * units;
  for (const Kind kind : all_kinds) {
    const Floats x = values(kind, 1, size);
    const Floats gamma = values(kind, 2, units);
    const Floats beta = values(kind, 3, units);
    const Floats gradient = values(kind, 4, size);
    Normalization wanted;
    normalize_rows(rows, units, x, gamma, beta, wanted);
    const NormalizationGradient back = row_normalization_back(rows, units, wanted, gamma, gradient);
    for (const KernelTable* table : available_tables()) {
      const std::string where = std::string(table->name) + " " + name_of(kind) + " ";
      Buffer x_in(x);
      Buffer gamma_in(gamma);
      Buffer beta_in(beta);
      Buffer normalized = Buffer::poisoned(size);
      Buffer inverse = Buffer::poisoned(rows);
      Buffer y = Buffer::poisoned(size);
      table->layer_norm_forward(rows, units, x_in.data(), gamma_in.data(), beta_in.data(), normalized.data(),
                                inverse.data(), y.data());
      expect_same(normalized.values(), wanted.normalized, where + "normalized");
      expect_same(inverse.values(), wanted.inverse, where + "inverse deviation");
      expect_same(y.values(), wanted.y, where + "y");
      Buffer g(gradient);
      Buffer d_gamma = Buffer::poisoned(units);
      Buffer d_beta = Buffer::poisoned(units);
      table->layer_norm_backward(rows, units, normalized.data(), inverse.data(), gamma_in.data(), g.data(),
                                 d_gamma.data(), d_beta.data());
      expect_same(g.values(), back.dx, where + "dx");
      expect_same(d_gamma.values(), back.d_gamma, where + "d_gamma");
      expect_same(d_beta.values(), back.d_beta, where + "d_beta");
    }
  }
}

// 1 and 3: mean 2, biased variance 1, normalized ∓1 / √1.001.
TEST(LayerNormForward, OfTwoUnits) {
  Floats normalized(2);
  Floats inverse(1);
  Floats y(2);
  layer_norm_forward({1, 2}, Floats{1.0F, 3.0F}, Floats{2.0F, 4.0F}, Floats{0.5F, 0.25F}, normalized, inverse,
                     y);
  EXPECT_FLOAT_EQ(inverse[0], static_cast<float>(1 / std::sqrt(1.001)));
  EXPECT_FLOAT_EQ(normalized[0], -inverse[0]);
  EXPECT_FLOAT_EQ(y[0], -2 * inverse[0] + 0.5F);
  EXPECT_FLOAT_EQ(y[1], 4 * inverse[0] + 0.25F);
}

// One unit has no variance: what remains is beta.
TEST(LayerNormForward, OfOneUnitGivesBeta) {
  Floats normalized(2);
  Floats inverse(2);
  Floats y(2);
  layer_norm_forward({2, 1}, Floats{7.0F, -3.0F}, Floats{3.0F}, Floats{0.25F}, normalized, inverse, y);
  expect_same(y, {0.25F, 0.25F}, "y");
}

// A row's gradient by x is what finite differences in double give.
TEST(LayerNormBackward, IsTheSlope) {
  constexpr std::size_t units = 12;
  const Floats x = values(Kind::plain, 1, units);
  const Floats gamma = values(Kind::plain, 2, units);
  const Floats weight = values(Kind::plain, 3, units);
  const auto loss = [&](std::size_t moved, double by) {
    std::vector<double> z(x.begin(), x.end());
    z[moved] += by;
    double mean = 0;
    for (const double value : z) mean += value / units;
    double variance = 0;
    for (const double value : z) variance += (value - mean) * (value - mean) / units;
    double total = 0;
    for (std::size_t u = 0; u < units; ++u) {
      total += static_cast<double>(weight[u] * gamma[u]) * (z[u] - mean) / std::sqrt(variance + 0.001);
    }
    return total;
  };
  Normalization n;
  normalize_rows(1, units, x, gamma, Floats(units), n);
  Floats gradient = weight;
  Floats d_gamma(units);
  Floats d_beta(units);
  layer_norm_backward({1, units}, n.normalized, n.inverse, gamma, gradient, d_gamma, d_beta);
  for (std::size_t u = 0; u < units; ++u) {
    EXPECT_NEAR(static_cast<double>(gradient[u]), (loss(u, 1e-5) - loss(u, -1e-5)) / 2e-5, 1e-5);
    EXPECT_FLOAT_EQ(d_gamma[u], weight[u] * n.normalized[u]);
    EXPECT_FLOAT_EQ(d_beta[u], weight[u]);
  }
}

}  // namespace
}  // namespace rondo::kernels::test
