// Activations and their backward passes: every target against the compositions of NUMERICS.md.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

#include "tests/unit/worker/kernels/reference.h"
#include "worker/kernels/kernels.h"

namespace rondo::kernels::test {
namespace {

using Kernel = void (*KernelTable::*)(std::size_t, const float*, float*);
using WithSlope = void (*KernelTable::*)(std::size_t, float*, float*);

struct Case {
  const char* name;
  Activation activation;
  Kernel forward;
  WithSlope with_slope;  // relu has none: its argument tells
  float (*value)(float);
  float (*slope)(float, float);
};

const Case cases[] = {
    {"relu", Activation::relu, &KernelTable::relu, nullptr, relu_of, relu_back},
    {"tanh", Activation::tanh, &KernelTable::tanh, &KernelTable::tanh_with_slope, tanh_rounded, tanh_back},
    {"sigmoid", Activation::sigmoid, &KernelTable::sigmoid, &KernelTable::sigmoid_with_slope, sigmoid_of,
     sigmoid_back},
    {"gelu", Activation::gelu, &KernelTable::gelu, &KernelTable::gelu_with_slope, gelu_of, gelu_back},
    {"gelu_tanh", Activation::gelu_tanh, &KernelTable::gelu_tanh, &KernelTable::gelu_tanh_with_slope,
     gelu_tanh_of, gelu_tanh_back},
    {"softplus", Activation::softplus, &KernelTable::softplus, &KernelTable::softplus_with_slope, softplus_of,
     softplus_back},
};

class Activations : public testing::TestWithParam<Case> {};
INSTANTIATE_TEST_SUITE_P(All, Activations, testing::ValuesIn(cases),
                         [](const auto& instance) { return instance.param.name; });

TEST_P(Activations, EqualTheirCompositionOnEveryTarget) {
  for (const std::size_t count : counts()) {
    for (const Kind kind : all_kinds) {
      const Floats x = values(kind, 1, count);
      const Floats g = values(kind, 2, count);
      Floats y_wanted;
      Floats g_wanted;
      for (std::size_t i = 0; i < count; ++i) {
        y_wanted.push_back(GetParam().value(x[i]));
        g_wanted.push_back(GetParam().slope(x[i], g[i]));
      }
      for (const KernelTable* table : available_tables()) {
        const std::string where =
            std::string(table->name) + " " + name_of(kind) + " " + std::to_string(count);
        Buffer x_in(x);
        Buffer y = Buffer::poisoned(count);
        (table->*GetParam().forward)(count, x_in.data(), y.data());
        expect_same(y.values(), y_wanted, where + " forward");
        (table->*GetParam().forward)(count, x_in.data(), x_in.data());
        expect_same(x_in.values(), y_wanted, where + " in place");
        Buffer slope(x);
        Buffer g_in_out(g);
        if (GetParam().with_slope == nullptr) {
          table->relu_backward(count, slope.data(), g_in_out.data());
        } else {
          Buffer y_again = Buffer::poisoned(count);
          (table->*GetParam().with_slope)(count, slope.data(), y_again.data());
          expect_same(y_again.values(), y_wanted, where + " with slope");
          table->multiply(count, slope.data(), g_in_out.data());
        }
        expect_same(g_in_out.values(), g_wanted, where + " backward");
      }
    }
  }
}

TEST_P(Activations, AreChosenByName) {
  const Floats x = values(Kind::plain, 3, 50);
  Floats y(50);
  activation_forward(GetParam().activation, x, y);
  Floats slope = x;
  Floats y_again(50);
  activation_with_slope(GetParam().activation, slope, y_again);
  Floats gradient(50, 1.0F);
  activation_backward(GetParam().activation, slope, gradient);
  for (std::size_t i = 0; i < x.size(); ++i) {
    EXPECT_TRUE(same(y[i], GetParam().value(x[i])));
    EXPECT_TRUE(same(y_again[i], y[i]));
    EXPECT_TRUE(same(gradient[i], GetParam().slope(x[i], 1.0F)));
  }
}

// In double and independent of the compositions: that they compute what their names say.
TEST(Activation, IsTheFunctionItIsNamedAfter) {
  for (const float x : values(Kind::plain, 4, 2000)) {
    const double z = static_cast<double>(x);
    EXPECT_NEAR(static_cast<double>(sigmoid_of(x)), 1 / (1 + std::exp(-z)), 1e-7);
    EXPECT_NEAR(static_cast<double>(gelu_of(x)), z / 2 * std::erfc(-z / std::sqrt(2)), 3e-7);
    const double density = std::exp(-z * z / 2) / std::sqrt(2 * std::acos(-1));
    EXPECT_NEAR(static_cast<double>(gelu_back(x, 1)), std::erfc(-z / std::sqrt(2)) / 2 + z * density, 3e-7);
    EXPECT_NEAR(static_cast<double>(gelu_tanh_of(x)), z / 2 * std::erfc(-z / std::sqrt(2)), 5e-4);
    EXPECT_NEAR(static_cast<double>(softplus_of(x)), std::log(1 + std::exp(z)), 5e-7);
    EXPECT_NEAR(static_cast<double>(softplus_back(x, 1)), 1 / (1 + std::exp(-z)), 1e-7);
    EXPECT_NEAR(static_cast<double>(tanh_back(x, 1)), 1 / (std::cosh(z) * std::cosh(z)), 2e-7);
  }
}

// The approximation's derivative, by differences in double.
TEST(Activation, GeluTanhHasTheSlopeOfItself) {
  const auto curve = [](double x) {
    return x / 2 * (1 + std::tanh(std::sqrt(2 / std::acos(-1)) * (x + 0.044715 * x * x * x)));
  };
  constexpr double step = 1e-5;
  for (const float x : values(Kind::plain, 5, 2000)) {
    const double z = static_cast<double>(x);
    EXPECT_NEAR(static_cast<double>(gelu_tanh_of(x)), curve(z), 5e-7);
    EXPECT_NEAR(static_cast<double>(gelu_tanh_back(x, 1)), (curve(z + step) - curve(z - step)) / (2 * step),
                1e-6);
  }
}

TEST(Activation, TreatsSpecialValuesAsWrittenDown) {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  constexpr float nan = std::numeric_limits<float>::quiet_NaN();
  const auto one = [](Activation activation, float x) {
    float y = 0;
    activation_forward(activation, {&x, 1}, {&y, 1});
    return y;
  };
  const auto slope = [](Activation activation, float x) {
    float y = 0;
    activation_with_slope(activation, {&x, 1}, {&y, 1});
    float g = 1;
    activation_backward(activation, {&x, 1}, {&g, 1});
    return g;
  };
  EXPECT_TRUE(same(one(Activation::relu, nan), 0.0F));
  EXPECT_TRUE(same(one(Activation::relu, -0.0F), 0.0F));
  EXPECT_TRUE(same(slope(Activation::relu, 0.0F), 0.0F));
  EXPECT_TRUE(same(one(Activation::sigmoid, infinity), 1.0F));
  EXPECT_TRUE(same(one(Activation::sigmoid, -infinity), 0.0F));
  EXPECT_TRUE(same(one(Activation::sigmoid, -0.0F), 0.5F));
  EXPECT_TRUE(same(one(Activation::sigmoid, nan), nan));
  EXPECT_TRUE(same(one(Activation::gelu, infinity), infinity));
  EXPECT_TRUE(same(one(Activation::gelu, -infinity), nan));
  EXPECT_TRUE(same(one(Activation::gelu, -0.0F), -0.0F));
  EXPECT_TRUE(same(one(Activation::gelu, -100.0F), -0.0F));
  EXPECT_TRUE(same(slope(Activation::gelu, infinity), nan));
  EXPECT_TRUE(same(one(Activation::gelu_tanh, infinity), infinity));
  EXPECT_TRUE(same(one(Activation::gelu_tanh, -infinity), nan));
  EXPECT_TRUE(same(one(Activation::gelu_tanh, -0.0F), -0.0F));
  EXPECT_TRUE(same(one(Activation::gelu_tanh, -3e38F), -0.0F));
  EXPECT_TRUE(same(slope(Activation::gelu_tanh, 0x1.fffffep63F), 1.0F));
  EXPECT_TRUE(same(slope(Activation::gelu_tanh, 0x1p64F), nan));
  EXPECT_TRUE(same(one(Activation::softplus, infinity), infinity));
  EXPECT_TRUE(same(one(Activation::softplus, -infinity), 0.0F));
  EXPECT_TRUE(same(one(Activation::softplus, nan), nan));
  EXPECT_TRUE(same(one(Activation::softplus, -0.0F), 0x1.62e43p-1F));  // log 2
  EXPECT_TRUE(same(one(Activation::softplus, -100.0F), exp_rounded(-100.0F)));
  EXPECT_TRUE(same(slope(Activation::softplus, -0.0F), 0.5F));
}

}  // namespace
}  // namespace rondo::kernels::test
