// Losses: every target against plain loops, and values known otherwise.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

#include "tests/unit/worker/kernels/reference.h"
#include "worker/kernels/kernels.h"

namespace rondo::kernels::test {
namespace {

using Classes = std::vector<std::uint32_t>;

Classes classes_below(std::uint32_t bound, std::size_t count) {
  Classes classes;
  for (std::size_t i = 0; i < count; ++i) classes.push_back(static_cast<std::uint32_t>(i * 7 % bound));
  return classes;
}

TEST(SoftmaxCrossEntropy, EqualsPlainLoopsOnEveryTarget) {
  for (const auto& [rows, units] : {Extent{1, 1},
                                    {1, 2},
                                    {3, 3},
                                    {17, 10},
                                    {33, 16},
                                    {5, 17},
                                    {2, 131},
                                    {64, 33},
                                    {16, 10},
                                    {31, 15},
                                    {33, 2},
                                    {5, 257},
                                    {6, 1025}}) {
    const Classes classes = classes_below(static_cast<std::uint32_t>(units), rows);
    for (const Kind kind : all_kinds) {
      const Floats z = values(kind, 1, rows * units);
      const Floats p = softmax_of(units, z);
      const Loss wanted = cross_entropy(units, z, classes);
      for (const KernelTable* table : available_tables()) {
        const std::string where =
            std::string(table->name) + " " + name_of(kind) + " " + std::to_string(units);
        Buffer z_in(z);
        Buffer logarithms = Buffer::poisoned(z.size());
        table->log_softmax(rows, units, z_in.data(), logarithms.data());
        expect_same(logarithms.values(), log_softmax_of(units, z), where + " log_softmax");
        Buffer z_over(z);
        table->log_softmax(rows, units, z_over.data(), z_over.data());
        expect_same(z_over.values(), log_softmax_of(units, z), where + " log_softmax in place");
        Buffer gradient = Buffer::poisoned(z.size());
        const float loss =
            table->softmax_cross_entropy(rows, units, z_in.data(), classes.data(), gradient.data());
        EXPECT_TRUE(same(loss, wanted.mean)) << where << " " << loss << " not " << wanted.mean;
        expect_same(gradient.values(), wanted.gradient, where);
        const float alone = table->softmax_cross_entropy(rows, units, z_in.data(), classes.data(), nullptr);
        EXPECT_TRUE(same(alone, wanted.mean)) << where << " without a gradient";
        table->softmax(rows, units, z_in.data(), z_in.data());
        expect_same(z_in.values(), p, where + " softmax");
      }
    }
  }
}

// Differences that reach down to each depth: from -62 on quotients are not divided out, below -87 exp is
// denormal, and from -104 on 0.
TEST(Softmax, HasTheQuotientsOfADivisionAtAnyDepth) {
  constexpr std::size_t units = 50'011;
  for (const float depth : {0.01F, 1.0F, 61.9F, 62.1F, 88.0F, 103.0F, 200.0F}) {
    Floats z = values(Kind::plain, 8, units);
    for (std::size_t u = 0; u < units; ++u) z[u] = depth * (std::fabs(z[u]) < 1.0F ? z[u] : 0.5F) / 2.0F;
    z[17] = depth / 2.0F;
    z[18] = -depth / 2.0F;
    const Floats wanted = softmax_of(units, z);
    for (const KernelTable* table : available_tables()) {
      Buffer p = Buffer::poisoned(units);
      table->softmax(1, units, Buffer(z).data(), p.data());
      expect_same(p.values(), wanted, std::string(table->name) + " " + std::to_string(depth));
    }
  }
}

TEST(Softmax, OfNoRowsWritesNothing) {
  for (const KernelTable* table : available_tables()) {
    for (const std::size_t units : {std::size_t{3}, std::size_t{40}}) {
      Buffer empty(Floats{});
      table->softmax(0, units, empty.data(), empty.data());
      table->log_softmax(0, units, empty.data(), empty.data());
      expect_same(empty.values(), {}, table->name);
    }
  }
}

TEST(BinaryCrossEntropy, EqualsPlainLoopsOnEveryTarget) {
  for (const std::size_t rows : counts()) {
    if (rows == 0) continue;
    const Classes classes = classes_below(2, rows);
    for (const Kind kind : all_kinds) {
      const Floats z = values(kind, 1, rows);
      const Loss wanted = binary_loss(z, classes);
      for (const KernelTable* table : available_tables()) {
        const std::string where = std::string(table->name) + " " + name_of(kind) + " " + std::to_string(rows);
        Buffer z_in(z);
        Buffer gradient = Buffer::poisoned(rows);
        const float loss = table->binary_cross_entropy(rows, z_in.data(), classes.data(), gradient.data());
        EXPECT_TRUE(same(loss, wanted.mean)) << where;
        expect_same(gradient.values(), wanted.gradient, where);
        EXPECT_TRUE(
            same(table->binary_cross_entropy(rows, z_in.data(), classes.data(), nullptr), wanted.mean));
      }
    }
  }
}

TEST(SquaredError, EqualsPlainLoopsOnEveryTarget) {
  for (const std::size_t rows : counts()) {
    if (rows == 0) continue;
    for (const Kind kind : all_kinds) {
      const Floats given = values(kind, 1, rows);
      const Floats targets = values(kind, 2, rows);
      const Loss wanted = square_loss(given, targets);
      for (const KernelTable* table : available_tables()) {
        const std::string where = std::string(table->name) + " " + name_of(kind) + " " + std::to_string(rows);
        Buffer given_in(given);
        Buffer targets_in(targets);
        Buffer gradient = Buffer::poisoned(rows);
        const float loss = table->squared_error(rows, given_in.data(), targets_in.data(), gradient.data());
        EXPECT_TRUE(same(loss, wanted.mean)) << where;
        expect_same(gradient.values(), wanted.gradient, where);
        EXPECT_TRUE(
            same(table->squared_error(rows, given_in.data(), targets_in.data(), nullptr), wanted.mean));
      }
    }
  }
}

// Equal logits: log of the number of classes, and p - y.
TEST(SoftmaxCrossEntropy, OfEqualLogits) {
  Floats gradient(8);
  const float loss = softmax_cross_entropy({2, 4}, Floats(8, 3.0F), Classes{1, 3}, gradient);
  EXPECT_EQ(loss, log_rounded(4.0F));
  expect_same(gradient, {0.125F, -0.375F, 0.125F, 0.125F, 0.125F, 0.125F, 0.125F, -0.375F}, "gradient");
}

// Logits (ln 1, ln 2, ln 5): probabilities 1/8, 1/4, 5/8.
TEST(SoftmaxCrossEntropy, OfKnownProbabilities) {
  const Floats z = {0.0F, std::log(2.0F), std::log(5.0F)};
  Floats p(3);
  softmax({1, 3}, z, p);
  EXPECT_NEAR(p[0], 0.125F, 1e-7F);
  EXPECT_NEAR(p[1], 0.25F, 1e-7F);
  EXPECT_NEAR(p[2], 0.625F, 1e-7F);
  EXPECT_NEAR(softmax_cross_entropy({1, 3}, z, Classes{2}, {}), -std::log(0.625F), 1e-7F);
  log_softmax({1, 3}, z, p);
  EXPECT_NEAR(p[0], std::log(0.125F), 2e-7F);
  EXPECT_EQ(p[2], -softmax_cross_entropy({1, 3}, z, Classes{2}, {}));
}

TEST(SoftmaxCrossEntropy, DoesNotOverflow) {
  Floats gradient(2);
  EXPECT_EQ(softmax_cross_entropy({1, 2}, Floats{3e38F, -1e38F}, Classes{0}, gradient), 0.0F);
  expect_same(gradient, {0.0F, 0.0F}, "gradient");
  EXPECT_EQ(softmax_cross_entropy({1, 2}, Floats{1000.0F, 0.0F}, Classes{1}, {}), 1000.0F);
}

TEST(BinaryCrossEntropy, OfKnownLogits) {
  Floats gradient(2);
  EXPECT_EQ(binary_cross_entropy(Floats{0.0F, 0.0F}, Classes{0, 1}, gradient), log1p_rounded(1.0F));
  expect_same(gradient, {0.25F, -0.25F}, "gradient");
  // Far on the wrong side the loss is the logit itself; on the right side it is exp of it, not 0.
  EXPECT_EQ(binary_cross_entropy(Floats{-200.0F}, Classes{1}, {}), 200.0F);
  EXPECT_EQ(binary_cross_entropy(Floats{50.0F}, Classes{1}, {}), exp_rounded(-50.0F));
}

TEST(SquaredError, IsNotHalved) {
  Floats gradient(2);
  EXPECT_EQ(squared_error(Floats{1.0F, 5.0F}, Floats{0.0F, 2.0F}, gradient), 5.0F);
  expect_same(gradient, {1.0F, 3.0F}, "gradient");
}

TEST(Losses, AreNaNWhereALogitIs) {
  constexpr float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_TRUE(std::isnan(softmax_cross_entropy({1, 2}, Floats{1.0F, nan}, Classes{0}, {})));
  EXPECT_TRUE(std::isnan(softmax_cross_entropy({1, 2}, Floats{nan, 1.0F}, Classes{1}, {})));
  EXPECT_TRUE(std::isnan(binary_cross_entropy(Floats{nan}, Classes{1}, {})));
  EXPECT_TRUE(std::isnan(squared_error(Floats{nan}, Floats{1.0F}, {})));
}

}  // namespace
}  // namespace rondo::kernels::test
