// Steps of SGD, Adam and AdamW: every target against the formulas, and steps worked by hand.
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <string>

#include "tests/unit/worker/kernels/fixtures.h"
#include "worker/kernels/kernels.h"

namespace rondo::kernels::test {
namespace {

TEST(Sgd, EqualsItsFormulaOnEveryTarget) {
  for (const std::size_t count : counts()) {
    for (const Kind kind : all_kinds) {
      const Floats g = values(kind, 1, count);
      Floats v = values(kind, 2, count);
      Floats w = values(kind, 3, count);
      const Floats v_before = v;
      const Floats w_before = w;
      for (std::size_t i = 0; i < count; ++i) {
        v[i] = std::fma(0.9F, v[i], g[i]);
        w[i] = std::fma(-0.05F, v[i], w[i]);
      }
      for (const KernelTable* table : available_tables()) {
        const std::string where = std::string(table->name) + " " + name_of(kind);
        Buffer g_in(g);
        Buffer v_in_out(v_before);
        Buffer w_in_out(w_before);
        table->sgd(count, 0.05F, 0.9F, g_in.data(), v_in_out.data(), w_in_out.data());
        expect_same(v_in_out.values(), v, where + " velocity");
        expect_same(w_in_out.values(), w, where + " weights");
      }
    }
  }
}

// NUMERICS.md, element by element.
void adam_by_formula(float lr, float wd, const std::array<float, 2>& products, const Floats& g, Floats& m,
                     Floats& v, Floats& w) {
  const float alpha = (lr * std::sqrt(1.0F - products[1])) / (1.0F - products[0]);
  const float kappa = lr * wd;
  for (std::size_t i = 0; i < g.size(); ++i) {
    if (wd > 0) w[i] = std::fma(-kappa, w[i], w[i]);
    m[i] = std::fma(1.0F - 0.9F, g[i] - m[i], m[i]);
    v[i] = std::fma(1.0F - 0.999F, g[i] * g[i] - v[i], v[i]);
    w[i] = w[i] - (alpha * m[i]) / (std::sqrt(v[i]) + 1e-7F);
  }
}

TEST(Adam, EqualsItsFormulaOnEveryTarget) {
  for (const std::size_t count : counts()) {
    for (const Kind kind : all_kinds) {
      for (const float decay : {0.0F, 0.01F}) {
        const Floats g = values(kind, 1, count);
        Floats m = values(kind, 2, count);
        Floats v = values(kind, 3, count);
        for (float& value : v) value = std::fabs(value);
        Floats w = values(kind, 4, count);
        std::array<float, 2> products = {1.0F, 1.0F};
        for (int step = 0; step < 3; ++step) adam_advance(products);
        const Floats m_before = m;
        const Floats v_before = v;
        const Floats w_before = w;
        adam_by_formula(0.003F, decay, products, g, m, v, w);
        for (const KernelTable* table : available_tables()) {
          const std::string where = std::string(table->name) + " " + name_of(kind);
          Buffer g_in(g);
          Buffer m_in_out(m_before);
          Buffer v_in_out(v_before);
          Buffer w_in_out(w_before);
          table->adam(count, 0.003F, decay, products[0], products[1], g_in.data(), m_in_out.data(),
                      v_in_out.data(), w_in_out.data());
          expect_same(m_in_out.values(), m, where + " first moment");
          expect_same(v_in_out.values(), v, where + " second moment");
          expect_same(w_in_out.values(), w, where + " weights");
        }
      }
    }
  }
}

// What an optimiser keeps where gradients have been 0 for long: denormals, among others that are not, with a
// gradient here and there, and weights of every size.
struct Faded {
  Faded(std::uint32_t seed, std::size_t count, bool disturbed)
      : small(values(Kind::tiny, seed, count)),
        smaller(values(Kind::tiny, seed + 1, count)),
        gradients(count, 0.0F),
        weights(values(Kind::plain, seed + 2, count)) {
    const Floats plain = values(Kind::plain, seed + 3, count);
    const Floats tiny = values(Kind::tiny, seed + 4, count);
    for (std::size_t i = 0; i < count; ++i) {
      // The last few units of the last place, where rounding holds them.
      if (i % 3 == 0) small[i] = std::ldexp(static_cast<float>(i % 13), -149);
      if (i % 4 == 0) small[i] = -small[i];
      if (i % 5 == 0) smaller[i] = std::ldexp(static_cast<float>(i % 1001), -149);
      if (i % 7 == 0) small[i] = gradients[i] = plain[i];
      if (i % 8 == 0) gradients[i] = -0.0F;
      if (i % 11 == 0) gradients[i] = i % 2 == 0 ? std::ldexp(plain[i], -90) : plain[i];
      if (disturbed && i % 61 == 3) gradients[i] = tiny[i];
      if (disturbed && i % 67 == 5) weights[i] = i % 2 == 0 ? tiny[i] : -0.0F;
    }
  }
  Floats small, smaller, gradients, weights;
};

TEST(Sgd, HasTheBitsOfItsFormulaWhereVelocitiesAreDenormal) {
  for (const std::size_t count : {std::size_t{1}, std::size_t{63}, std::size_t{64}, std::size_t{5000}}) {
    for (const float momentum : {0.0F, 0.5F, 0.9F, 0.999F, 1.0F}) {
      for (const float rate : {1e-5F, 0.3F, 1000.0F, 1e30F}) {
        for (const bool disturbed : {false, true}) {
          const Faded from(10, count, disturbed);
          Floats v = from.small;
          Floats w = from.weights;
          for (std::size_t i = 0; i < count; ++i) {
            v[i] = std::fma(momentum, v[i], from.gradients[i]);
            w[i] = std::fma(-rate, v[i], w[i]);
          }
          for (const KernelTable* table : available_tables()) {
            Buffer gradient(from.gradients);
            Buffer velocity(from.small);
            Buffer weights(from.weights);
            table->sgd(count, rate, momentum, gradient.data(), velocity.data(), weights.data());
            expect_same(velocity.values(), v, std::string(table->name) + " velocity");
            expect_same(weights.values(), w, std::string(table->name) + " weights");
          }
        }
      }
    }
  }
}

TEST(Adam, HasTheBitsOfItsFormulaWhereMomentsAreDenormal) {
  const std::array<float, 2> products = {0.5F, 0.9F};
  for (const std::size_t count : {std::size_t{1}, std::size_t{63}, std::size_t{64}, std::size_t{5000}}) {
    for (const float rate : {1e-5F, 0.3F, 1e4F}) {
      for (const bool disturbed : {false, true}) {
        for (const int which : {0, 1, 2}) {  // the first moments are denormal, or the second, or both
          Faded from(20, count, disturbed);
          // A gradient beside a denormal moment is a disturbance, too.
          for (std::size_t i = 0; i < count && !disturbed; ++i) {
            if (i % 7 != 0) from.gradients[i] = i % 2 == 0 ? 0.0F : -0.0F;
          }
          if (which == 0) from.smaller = values(Kind::plain, 30, count);
          if (which == 1) from.small = values(Kind::plain, 31, count);
          for (std::size_t i = 0; i < count; ++i) {
            from.smaller[i] = std::fabs(i % 7 == 0 ? 0.25F : from.smaller[i]);
          }
          Floats m = from.small;
          Floats v = from.smaller;
          Floats w = from.weights;
          adam_by_formula(rate, 0, products, from.gradients, m, v, w);
          for (const KernelTable* table : available_tables()) {
            Buffer gradient(from.gradients);
            Buffer first(from.small);
            Buffer second(from.smaller);
            Buffer weights(from.weights);
            table->adam(count, rate, 0, products[0], products[1], gradient.data(), first.data(),
                        second.data(), weights.data());
            expect_same(first.values(), m, std::string(table->name) + " first moment");
            expect_same(second.values(), v, std::string(table->name) + " second moment");
            expect_same(weights.values(), w, std::string(table->name) + " weights");
          }
        }
      }
    }
  }
}

// Momentum ½, rate ¼: v = 2, then 1 + 2 = 3; w = 1 - ½ = ½, then ½ - ¾ = -¼. All exact.
TEST(Sgd, TwoStepsByHand) {
  Floats velocity = {0.0F};
  Floats weights = {1.0F};
  sgd(0.25F, 0.5F, Floats{2.0F}, velocity, weights);
  EXPECT_EQ(velocity[0], 2.0F);
  EXPECT_EQ(weights[0], 0.5F);
  sgd(0.25F, 0.5F, Floats{2.0F}, velocity, weights);
  EXPECT_EQ(velocity[0], 3.0F);
  EXPECT_EQ(weights[0], -0.25F);
}

// The first step of Adam goes by the learning rate against the gradient's sign, whatever its size.
TEST(Adam, FirstStepIsTheLearningRate) {
  for (const float g : {1e-3F, -5.0F, 2000.0F}) {
    std::array<float, 2> products = {1.0F, 1.0F};
    adam_advance(products);
    EXPECT_EQ(products[0], 0.9F);
    EXPECT_EQ(products[1], 0.999F);
    Floats first = {0.0F};
    Floats second = {0.0F};
    Floats weights = {0.0F};
    adam(0.01F, 0, products, Floats{g}, first, second, weights);
    EXPECT_NEAR(weights[0], g > 0 ? -0.01F : 0.01F, 5e-5F);  // epsilon, and 1 - 0.999F
    EXPECT_FLOAT_EQ(first[0], (1.0F - 0.9F) * g);
    EXPECT_FLOAT_EQ(second[0], (1.0F - 0.999F) * g * g);
  }
}

// In double, from the paper's own form (Kingma and Ba, 2015, end of section 2), ten steps of changing
// gradients.
TEST(Adam, FollowsThePaper) {
  std::array<float, 2> products = {1.0F, 1.0F};
  Floats first = {0.0F};
  Floats second = {0.0F};
  Floats weights = {0.5F};
  double m = 0;
  double v = 0;
  double w = 0.5;
  for (int t = 1; t <= 10; ++t) {
    const double g = t % 3 - 0.75;
    adam_advance(products);
    adam(0.02F, 0, products, Floats{static_cast<float>(g)}, first, second, weights);
    m = 0.9 * m + 0.1 * g;
    v = 0.999 * v + 0.001 * g * g;
    w -= 0.02 * std::sqrt(1 - std::pow(0.999, t)) / (1 - std::pow(0.9, t)) * m / (std::sqrt(v) + 1e-7);
    EXPECT_NEAR(static_cast<double>(weights[0]), w, 2e-5) << t;
  }
}

// AdamW: without a gradient only the decay moves the weights: by 1 - rate · decay, here 1 - ½ · ¼.
TEST(Adam, DecayIsDecoupledAndComesFirst) {
  std::array<float, 2> products = {1.0F, 1.0F};
  adam_advance(products);
  Floats first = {0.0F};
  Floats second = {0.0F};
  Floats weights = {8.0F};
  adam(0.5F, 0.25F, products, Floats{0.0F}, first, second, weights);
  EXPECT_EQ(weights[0], 7.0F);
  EXPECT_EQ(first[0], 0.0F);
}

TEST(AdamAdvance, RoundsTheRunningProducts) {
  std::array<float, 2> products = {1.0F, 1.0F};
  float expected[2] = {1.0F, 1.0F};
  for (int step = 0; step < 1000; ++step) {
    adam_advance(products);
    expected[0] = expected[0] * 0.9F;
    expected[1] = expected[1] * 0.999F;
  }
  EXPECT_EQ(products[0], expected[0]);
  EXPECT_EQ(products[1], expected[1]);
}

}  // namespace
}  // namespace rondo::kernels::test
