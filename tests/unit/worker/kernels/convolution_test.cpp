// Convolutions: every target against plain chains of std::fma, for equal bits; gradients against differences.
#include "worker/kernels/convolution.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <iterator>
#include <limits>
#include <string>

#include "tests/unit/worker/kernels/image_reference.h"
#include "tests/unit/worker/kernels/reference.h"
#include "worker/kernels/table.h"

namespace rondo::kernels::test {
namespace {

// Operands of the three products; a depthwise one has as many filters as channels, one weight each.
struct Operands {
  Floats x, weights, bias, dy;
};

Operands operands(const Convolution& c, Kind kind, bool depthwise) {
  const std::size_t filters = depthwise ? c.extent.channels : c.filters;
  const std::size_t weights = c.taps() * c.extent.channels * (depthwise ? 1 : c.filters);
  return {values(kind, 1, c.inputs()), values(kind, 2, weights), values(kind, 3, filters),
          values(kind, 4, c.positions() * filters)};
}

void expect_plain_chains(const Convolution& c, Kind kind) {
  const Operands given = operands(c, kind, false);
  const Floats y_wanted = convolve(c, given.x, given.weights, given.bias);
  const Floats dw_wanted = convolution_weights(c, given.x, given.dy);
  const Floats db_wanted = bias_gradient({c.positions(), 1, c.filters}, given.dy);
  const Floats dx_wanted = convolution_inputs(c, given.dy, given.weights);
  const std::size_t scratch_size = convolution_scratch(c.extent, c.filters);
  for (const KernelTable* table : available_tables()) {
    const std::string where = std::string(table->name) + " " + name_of(c) + " " + name_of(kind) + " ";
    Buffer x(given.x);
    Buffer w(given.weights);
    Buffer b(given.bias);
    Buffer dy(given.dy);
    Buffer y = Buffer::poisoned(y_wanted.size());
    Buffer dw = Buffer::poisoned(dw_wanted.size());
    Buffer db = Buffer::poisoned(db_wanted.size());
    Buffer dx = Buffer::poisoned(dx_wanted.size());
    Buffer scratch(Floats(scratch_size, std::nanf("")));
    table->convolution_forward(c.extent, c.filters, x.data(), w.data(), b.data(), y.data(), scratch.data());
    table->convolution_gradient_weights(c.extent, c.filters, x.data(), dy.data(), dw.data(), db.data(),
                                        scratch.data());
    table->convolution_gradient_inputs(c.extent, c.filters, dy.data(), w.data(), dx.data(), scratch.data());
    (void)scratch.values();  // its guards
    expect_same(y.values(), y_wanted, where + "y");
    expect_same(dw.values(), dw_wanted, where + "d_weights");
    expect_same(db.values(), db_wanted, where + "d_bias");
    expect_same(dx.values(), dx_wanted, where + "dx");
  }
}

void expect_plain_depthwise_chains(const Convolution& c, Kind kind) {
  const Operands given = operands(c, kind, true);
  const Floats y_wanted = convolve_depthwise(c, given.x, given.weights, given.bias);
  const Floats dw_wanted = depthwise_weights(c, given.x, given.dy);
  const Floats db_wanted = bias_gradient({c.positions(), 1, c.extent.channels}, given.dy);
  const Floats dx_wanted = depthwise_inputs(c, given.dy, given.weights);
  for (const KernelTable* table : available_tables()) {
    const std::string where = std::string(table->name) + " " + name_of(c) + " " + name_of(kind) + " ";
    Buffer x(given.x);
    Buffer w(given.weights);
    Buffer b(given.bias);
    Buffer dy(given.dy);
    Buffer y = Buffer::poisoned(y_wanted.size());
    Buffer dw = Buffer::poisoned(dw_wanted.size());
    Buffer db = Buffer::poisoned(db_wanted.size());
    Buffer dx = Buffer::poisoned(dx_wanted.size());
    table->depthwise_forward(c.extent, x.data(), w.data(), b.data(), y.data());
    table->depthwise_gradient_weights(c.extent, x.data(), dy.data(), dw.data(), db.data());
    table->depthwise_gradient_inputs(c.extent, dy.data(), w.data(), dx.data());
    expect_same(y.values(), y_wanted, where + "y");
    expect_same(dw.values(), dw_wanted, where + "d_weights");
    expect_same(db.values(), db_wanted, where + "d_bias");
    expect_same(dx.values(), dx_wanted, where + "dx");
  }
}

// images, height, width, channels, {window}, output height, output width; filters
const Convolution shapes[] = {
    {{1, 1, 1, 1, {1, 1, 1, 1, 0, 0}, 1, 1}, 1},
    {{0, 5, 5, 3, {3, 3, 1, 1, 1, 1}, 5, 5}, 4},
    {{2, 5, 5, 3, {3, 3, 1, 1, 1, 1}, 0, 5}, 4},
    {{2, 4, 3, 0, {3, 3, 1, 1, 1, 1}, 4, 3}, 5},
    {{2, 4, 3, 5, {3, 3, 1, 1, 1, 1}, 4, 3}, 0},
    // one filter, one past registers and panels, and channels likewise
    {{2, 7, 7, 17, {3, 3, 1, 1, 1, 1}, 7, 7}, 65},
    {{3, 8, 9, 1, {3, 3, 1, 1, 1, 1}, 8, 9}, 33},
    {{2, 9, 7, 3, {5, 5, 2, 2, 2, 2}, 5, 4}, 17},
    {{2, 6, 6, 16, {1, 1, 1, 1, 0, 0}, 6, 6}, 9},
    {{2, 7, 7, 4, {1, 1, 2, 2, 0, 0}, 4, 4}, 16},
    {{1, 1, 40, 9, {1, 7, 1, 2, 0, 3}, 1, 20}, 20},
    // windows larger than the image; strides beyond the window; one beyond the image on each side
    {{2, 2, 3, 2, {5, 7, 1, 1, 2, 3}, 2, 3}, 8},
    {{2, 11, 13, 3, {2, 2, 3, 3, 0, 0}, 4, 5}, 6},
    {{1, 4, 4, 2, {3, 3, 1, 1, 2, 2}, 7, 7}, 5},
    {{1, 4, 4, 2, {2, 3, 2, 3, 1, 2}, 5, 4}, 5},
    // many rows of a tile in one image, many images in a block, chains of more than one block
    {{1, 29, 31, 2, {3, 3, 1, 1, 1, 1}, 29, 31}, 18},
    {{70, 3, 3, 5, {3, 3, 1, 1, 1, 1}, 3, 3}, 7},
    {{5, 4, 5, 131, {3, 3, 1, 1, 1, 1}, 4, 5}, 21},
    {{2, 3, 5, 20, {3, 3, 1, 1, 1, 1}, 3, 5}, 130},
    {{1, 3, 3, 600, {2, 2, 1, 1, 0, 0}, 2, 2}, 3},
    {{1, 3, 3, 3, {2, 2, 1, 1, 0, 0}, 2, 2}, 600},
};

class Convolutions : public testing::TestWithParam<Convolution> {};
INSTANTIATE_TEST_SUITE_P(Shapes, Convolutions, testing::ValuesIn(shapes),
                         [](const auto& instance) { return name_of(instance.param); });

TEST_P(Convolutions, EqualPlainChains) {
  for (const Kind kind : all_kinds) expect_plain_chains(GetParam(), kind);
}

TEST_P(Convolutions, EqualPlainDepthwiseChains) {
  for (const Kind kind : all_kinds) expect_plain_depthwise_chains(GetParam(), kind);
}

TEST(RandomConvolutions, EqualPlainChains) {
  for (std::uint32_t i = 0; i < 150; ++i) {
    expect_plain_chains(random_convolution(i, false), all_kinds[i % std::size(all_kinds)]);
  }
}

TEST(RandomConvolutions, EqualPlainDepthwiseChains) {
  for (std::uint32_t i = 0; i < 150; ++i) {
    expect_plain_depthwise_chains(random_convolution(i, false), all_kinds[i % std::size(all_kinds)]);
  }
}

// The first images, then the others; the last call has none.
TEST(Convolutions, GoOnWithTheirChains) {
  for (const Convolution& c : shapes) {
    if (c.extent.images == 0) continue;
    const Operands given = operands(c, Kind::plain, false);
    const std::size_t in = given.x.size() / c.extent.images;
    const std::size_t out = given.dy.size() / c.extent.images;
    Floats scratch(convolution_scratch(c.extent, c.filters));
    Floats dw(given.weights.size(), 9.0F);
    Floats db(given.bias.size(), 9.0F);
    std::size_t first = 0;
    for (const std::size_t images : {std::size_t{1}, c.extent.images - 1, std::size_t{0}}) {
      ImageExtent part = c.extent;
      part.images = images;
      convolution_gradient_weights(part, c.filters, std::span(given.x).subspan(first * in, images * in),
                                   std::span(given.dy).subspan(first * out, images * out), dw, db, scratch,
                                   first > 0 ? Chains::more : Chains::begin);
      first += images;
    }
    expect_same(dw, convolution_weights(c, given.x, given.dy), name_of(c) + " d_weights");
    expect_same(db, bias_gradient({c.positions(), 1, c.filters}, given.dy), name_of(c) + " d_bias");
  }
}

TEST(Convolution, OfAWholeImageIsADenseLayer) {
  const Convolution c{{6, 3, 4, 5, {3, 4, 1, 1, 0, 0}, 1, 1}, 19};
  const Operands given = operands(c, Kind::plain, false);
  const Shape s{6, 60, 19};
  EXPECT_EQ(convolve(c, given.x, given.weights, given.bias), dense(s, given.x, given.weights, given.bias));
  Floats y(6 * 19);
  Floats scratch(convolution_scratch(c.extent, c.filters));
  convolution_forward(c.extent, c.filters, given.x, given.weights, given.bias, y, scratch);
  expect_same(y, dense(s, given.x, given.weights, given.bias), "y");
}

// A window of three around the one place: 0 · infinity on both sides, one side alone, or none.
TEST(Convolution, MultipliesPadding) {
  const float infinity = std::numeric_limits<float>::infinity();
  const ImageExtent e{1, 1, 1, 1, {1, 3, 1, 1, 0, 1}, 1, 1};
  Floats scratch(convolution_scratch(e, 1));
  const auto forward = [&](const Floats& weights) {
    Floats y(1);
    convolution_forward(e, 1, Floats{2.0F}, weights, Floats{0.0F}, y, scratch);
    return y[0];
  };
  EXPECT_EQ(forward({1.0F, 3.0F, 1.0F}), 6.0F);
  EXPECT_TRUE(std::isnan(forward({1.0F, 3.0F, infinity})));
  EXPECT_EQ(forward({1.0F, infinity, 1.0F}), infinity);
  Floats dx(1);
  convolution_gradient_inputs(e, 1, Floats{1.0F}, Floats{infinity, 3.0F, 1.0F}, dx, scratch);
  EXPECT_TRUE(std::isnan(dx[0]));
}

TEST(Convolution, PaddingMakesMinusZeroPlus) {
  const ImageExtent one{1, 1, 1, 1, {1, 1, 1, 1, 0, 0}, 1, 1};
  ImageExtent with_padding = one;
  with_padding.window.width = 2;
  const Floats x{-0x1p-100F};
  const Floats bias{-0.0F};
  Floats scratch(convolution_scratch(with_padding, 1));
  Floats y(1);
  // -2^-200 rounds to -0; then +0 · 1, if there is a second tap.
  convolution_forward(with_padding, 1, x, Floats{0x1p-100F, 1.0F}, bias, y, scratch);
  EXPECT_TRUE(same(y[0], 0.0F));
  scratch.resize(convolution_scratch(one, 1));
  convolution_forward(one, 1, x, Floats{0x1p-100F}, bias, y, scratch);
  EXPECT_TRUE(same(y[0], -0.0F));
}

// The gradients of L = Σ y · dy, in double, against (L(+h) - L(-h)) / 2h: L is linear in each operand.
double loss(const Floats& y, const Floats& dy) {
  double sum = 0;
  for (std::size_t i = 0; i < y.size(); ++i) sum += static_cast<double>(y[i]) * static_cast<double>(dy[i]);
  return sum;
}

template <class Forward>
void expect_gradient(Floats operand, const Floats& gradient, const Floats& dy, Forward forward,
                     const std::string& what) {
  for (std::size_t i = 0; i < operand.size(); i += 1 + operand.size() / 40) {
    const float kept = operand[i];
    operand[i] = kept + 1.0F;
    const double above = loss(forward(operand), dy);
    operand[i] = kept - 1.0F;
    const double below = loss(forward(operand), dy);
    operand[i] = kept;
    EXPECT_NEAR((above - below) / 2, static_cast<double>(gradient[i]), 2e-2) << what << " " << i;
  }
}

TEST(Convolution, HasTheGradientsOfItsDifferences) {
  for (std::uint32_t seed = 0; seed < 12; ++seed) {
    const Convolution c = random_convolution(seed, false);
    const Operands o = operands(c, Kind::plain, false);
    Floats scratch(convolution_scratch(c.extent, c.filters));
    Floats dw(o.weights.size());
    Floats db(o.bias.size());
    Floats dx(o.x.size());
    convolution_gradient_weights(c.extent, c.filters, o.x, o.dy, dw, db, scratch);
    convolution_gradient_inputs(c.extent, c.filters, o.dy, o.weights, dx, scratch);
    const auto y = [&](const Floats& x, const Floats& weights, const Floats& bias) {
      Floats result(o.dy.size());
      convolution_forward(c.extent, c.filters, x, weights, bias, result, scratch);
      return result;
    };
    expect_gradient(
        o.x, dx, o.dy, [&](const Floats& x) { return y(x, o.weights, o.bias); }, name_of(c) + " x");
    expect_gradient(
        o.weights, dw, o.dy, [&](const Floats& w) { return y(o.x, w, o.bias); }, name_of(c) + " weights");
    expect_gradient(
        o.bias, db, o.dy, [&](const Floats& b) { return y(o.x, o.weights, b); }, name_of(c) + " bias");
  }
}

TEST(Depthwise, HasTheGradientsOfItsDifferences) {
  for (std::uint32_t seed = 20; seed < 32; ++seed) {
    const Convolution c = random_convolution(seed, false);
    const Operands o = operands(c, Kind::plain, true);
    Floats dw(o.weights.size());
    Floats db(o.bias.size());
    Floats dx(o.x.size());
    depthwise_gradient_weights(c.extent, o.x, o.dy, dw, db);
    depthwise_gradient_inputs(c.extent, o.dy, o.weights, dx);
    const auto y = [&](const Floats& x, const Floats& weights, const Floats& bias) {
      Floats result(o.dy.size());
      depthwise_forward(c.extent, x, weights, bias, result);
      return result;
    };
    expect_gradient(
        o.x, dx, o.dy, [&](const Floats& x) { return y(x, o.weights, o.bias); }, name_of(c) + " x");
    expect_gradient(
        o.weights, dw, o.dy, [&](const Floats& w) { return y(o.x, w, o.bias); }, name_of(c) + " weights");
    expect_gradient(
        o.bias, db, o.dy, [&](const Floats& b) { return y(o.x, o.weights, b); }, name_of(c) + " bias");
  }
}

// What is planned for the largest batch is enough for a smaller last one.
TEST(ConvolutionScratch, GrowsWithTheImagesAndStaysBounded) {
  for (std::uint32_t seed = 0; seed < 200; ++seed) {
    Convolution c = random_convolution(seed, false);
    std::size_t before = 0;
    for (c.extent.images = 0; c.extent.images < 40; ++c.extent.images) {
      const std::size_t size = convolution_scratch(c.extent, c.filters);
      EXPECT_GE(size, before);
      before = size;
    }
    c.extent.images = 1'000'000;
    EXPECT_LE(convolution_scratch(c.extent, c.filters), std::size_t{1} << 20) << name_of(c);
  }
}

TEST(ConvolutionDeathTest, RefusesWhatDoesNotFit) {
  const ImageExtent e{2, 3, 3, 1, {3, 3, 1, 1, 1, 1}, 3, 3};
  Floats x(18), weights(18), bias(2), y(36), scratch(convolution_scratch(e, 2));
  const auto forward = [&](const ImageExtent& extent, Floats& given, Floats& its_scratch) {
    convolution_forward(extent, 2, given, weights, bias, y, its_scratch);
  };
  forward(e, x, scratch);
  Floats shorter(17);
  EXPECT_DEATH(forward(e, shorter, scratch), "17 values where 18 belong");
  EXPECT_DEATH(forward(e, x, shorter), "values where");
  ImageExtent wide = e;
  wide.window.padding_left = 3;
  EXPECT_DEATH(forward(wide, x, scratch), "padding");
  ImageExtent still = e;
  still.window.stride_width = 0;
  EXPECT_DEATH(forward(still, x, scratch), "stride");
}

}  // namespace
}  // namespace rondo::kernels::test
