// The kernels on 2 to 8 threads give the bits of one, for every way of sharing out.
#include "worker/kernels/parallel.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include <optional>
#include <string>
#include <vector>

#include "tests/unit/worker/kernels/fixtures.h"
#include "tests/unit/worker/kernels/on_threads.h"
#include "tests/unit/worker/kernels/reference.h"

namespace rondo::kernels {
namespace {

using test::Call;
using test::expect_equal;
using test::Kind;

// Rows, inputs, units: none, one, primes, one past a tile's rows, a register and a block; enough for every
// thread, and too few for that.
constexpr DenseExtent dense_extents[] = {
    {0, 3, 5},    {1, 0, 5},   {3, 5, 0},    {1, 1, 1},    {1, 30, 120}, {9, 130, 40},  {33, 61, 31},
    {67, 57, 29}, {26, 64, 8}, {31, 1, 125}, {125, 31, 1}, {7, 1030, 9}, {2, 40, 1100}, {200, 5, 17},
};

TEST(Parallel, DenseProductsHaveTheBitsOfOneThread) {
  for (const DenseExtent& e : dense_extents) {
    for (const Kind kind : test::all_kinds) {
      const std::string what = fmt::format("{} x {} x {}", e.rows, e.inputs, e.units);
      expect_equal("forward " + what, kind, [&](Call& call) {
        const auto x = call.given(e.rows * e.inputs), w = call.given(e.inputs * e.units),
                   b = call.given(e.units);
        dense_forward(call.threads, e, x, w, b, call.out(e.rows * e.units));
      });
      expect_equal("gradient of weights " + what, kind, [&](Call& call) {
        const auto x = call.given(e.rows * e.inputs), dy = call.given(e.rows * e.units);
        const auto dw = call.out(e.inputs * e.units), db = call.out(e.units);
        dense_gradient_weights(call.threads, e, x, dy, dw, db);
      });
      expect_equal("gradient of inputs " + what, kind, [&](Call& call) {
        const auto dy = call.given(e.rows * e.units), w = call.given(e.inputs * e.units);
        dense_gradient_inputs(call.threads, e, dy, w, call.out(e.rows * e.inputs));
      });
    }
  }
}

TEST(Parallel, JoinedStepsHaveTheBitsOfOneThread) {
  for (const DenseExtent& e : dense_extents) {
    for (const Kind kind : test::all_kinds) {
      const std::string what = fmt::format("{} x {} x {}", e.rows, e.inputs, e.units);
      expect_equal("forward and activation " + what, kind, [&](Call& call) {
        const auto x = call.given(e.rows * e.inputs), w = call.given(e.inputs * e.units),
                   b = call.given(e.units);
        const auto y = call.out(e.rows * e.units);
        dense_forward(call.threads, e, x, w, b, y, Activation::tanh, Slope::kept, call.out(e.rows * e.units));
      });
      expect_equal("both gradients " + what, kind, [&](Call& call) {
        const auto x = call.given(e.rows * e.inputs), dy = call.given(e.rows * e.units),
                   w = call.given(e.inputs * e.units);
        const auto dw = call.out(e.inputs * e.units), db = call.out(e.units);
        dense_gradients(call.threads, e, x, dy, w, dw, db, call.out(e.rows * e.inputs),
                        Through{Activation::gelu, x});
      });
    }
  }
}

TEST(Parallel, JoinedStepsAreTheirParts) {
  const DenseExtent e{37, 19, 23};
  const test::Floats x = test::values(Kind::plain, 1, e.rows * e.inputs);
  const test::Floats w = test::values(Kind::plain, 2, e.inputs * e.units);
  const test::Floats b = test::values(Kind::plain, 3, e.units);
  const test::Floats dy = test::values(Kind::plain, 4, e.rows * e.units);
  test::Floats y(dy.size()), activated(dy.size()), y_alone(dy.size()), activated_alone(dy.size());
  test::Floats dw(w.size()), db(b.size()), dx(x.size()), dw_alone(w.size()), db_alone(b.size()),
      dx_alone(x.size());
  const Threads threads(3, Sharing::always);
  for (const Slope slope : {Slope::dropped, Slope::kept}) {
    dense_forward(threads, e, x, w, b, y, Activation::softplus, slope, activated);
    dense_forward(e, x, w, b, y_alone);
    if (slope == Slope::kept) {
      activation_with_slope(Activation::softplus, y_alone, activated_alone);
    } else {
      activation_forward(Activation::softplus, y_alone, activated_alone);
    }
    test::expect_same(y, y_alone, "y");
    test::expect_same(activated, activated_alone, "activated");
  }
  dense_gradient_weights(e, x, dy, dw_alone, db_alone);
  for (const bool goes_on : {false, true}) {
    std::optional<Through> through;
    if (goes_on) through = Through{Activation::sigmoid, x};
    dense_gradients(threads, e, x, dy, w, dw, db, dx, through);
    dense_gradient_inputs(e, dy, w, dx_alone);
    if (goes_on) activation_backward(Activation::sigmoid, x, dx_alone);
    test::expect_same(dw, dw_alone, "d_weights");
    test::expect_same(db, db_alone, "d_bias");
    test::expect_same(dx, dx_alone, "dx");
  }
}

TEST(Parallel, UpdatesReachEveryElementOnce) {
  const std::vector<std::size_t> sizes = {0, 1, 15, 16, 17, 0, 40, 1000, 3};
  for (std::size_t count = 1; count <= 8; ++count) {
    std::vector<std::vector<int>> seen;
    for (const std::size_t size : sizes) seen.emplace_back(size);
    update_tensors(
        Threads(count, Sharing::always), sizes.size(), [&](std::size_t tensor) { return sizes[tensor]; },
        [&](std::size_t tensor, std::size_t first, std::size_t last) {
          EXPECT_EQ(first % line_floats, 0U);
          for (std::size_t i = first; i < last; ++i) ++seen[tensor][i];
        });
    for (const std::vector<int>& tensor : seen) {
      for (const int times : tensor) EXPECT_EQ(times, 1);
    }
  }
}

constexpr std::size_t element_counts[] = {0, 1, 15, 17, 33, 257, 1023};

TEST(Parallel, ElementsHaveTheBitsOfOneThread) {
  const random::Draws draws(random::Key(9), random::Stream::dropout, 2, 3);
  for (const std::size_t n : element_counts) {
    for (const Kind kind : test::all_kinds) {
      const std::string what = fmt::format(" of {}", n);
      for (const Activation activation : {Activation::relu, Activation::tanh, Activation::sigmoid,
                                          Activation::gelu, Activation::gelu_tanh, Activation::softplus}) {
        expect_equal(fmt::format("activation {}{}", static_cast<int>(activation), what), kind,
                     [&](Call& call) {
                       const auto x = call.given(n), gradient = call.given(n);
                       activation_forward(call.threads, activation, x, call.out(n));
                       activation_with_slope(call.threads, activation, x, call.out(n));
                       activation_backward(call.threads, activation, x, gradient);
                     });
      }
      expect_equal("dropout" + what, kind,
                   [&](Call& call) { dropout(call.threads, draws, 0.3F, call.given(n)); });
    }
  }
}

constexpr Extent extents[] = {{1, 1},    {1, 500},  {500, 1}, {3, 63},  {4, 64},
                              {17, 129}, {3, 1025}, {7, 257}, {31, 65}, {70, 10}};

TEST(Parallel, NormsHaveTheBitsOfOneThread) {
  for (const Extent& e : extents) {
    const std::size_t n = e.rows * e.units;
    for (const Kind kind : test::all_kinds) {
      const std::string what = fmt::format(" {} x {}", e.rows, e.units);
      expect_equal("batch norm" + what, kind, [&](Call& call) {
        const auto x = call.given(n), gamma = call.given(e.units), beta = call.given(e.units);
        const auto mean = call.given(e.units), variance = call.given(e.units);
        const auto normalized = call.out(n), inverse = call.out(e.units), y = call.out(n);
        batch_norm_training(call.threads, e, x, gamma, beta, mean, variance, normalized, inverse, y);
        batch_norm_inference(call.threads, e, x, gamma, beta, mean, variance, call.out(n));
        const auto gradient = call.given(n), d_gamma = call.out(e.units), d_beta = call.out(e.units);
        batch_norm_backward(call.threads, e, normalized, inverse, gamma, gradient, d_gamma, d_beta);
      });
      expect_equal("layer norm" + what, kind, [&](Call& call) {
        const auto x = call.given(n), gamma = call.given(e.units), beta = call.given(e.units);
        const auto normalized = call.out(n), inverse = call.out(e.rows), y = call.out(n);
        layer_norm_forward(call.threads, e, x, gamma, beta, normalized, inverse, y);
      });
      expect_equal("layer norm's way back" + what, kind, [&](Call& call) {
        const auto normalized = call.given(n), inverse = call.given(e.rows), gamma = call.given(e.units);
        const auto gradient = call.given(n), d_gamma = call.out(e.units), d_beta = call.out(e.units);
        layer_norm_backward(call.threads, e, normalized, inverse, gamma, gradient, d_gamma, d_beta);
      });
      expect_equal("softmax" + what, kind, [&](Call& call) {
        const auto logits = call.given(n);
        softmax(call.threads, e, logits, call.out(n));
      });
    }
  }
}

}  // namespace
}  // namespace rondo::kernels
