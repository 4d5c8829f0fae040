// Pooling: every target against NUMERICS.md in plain loops, for equal bits.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <iterator>
#include <limits>
#include <string>

#include "tests/unit/worker/kernels/image_reference.h"
#include "worker/kernels/convolution.h"
#include "worker/kernels/table.h"

namespace rondo::kernels::test {
namespace {

// Few different values, so that windows have several largest.
Floats coarse(Floats values) {
  for (float& value : values) value = std::floor(value);
  return values;
}

void expect_plain_loops(const Convolution& c, const Floats& x_given, const Floats& dy_given,
                        const std::string& what) {
  const Floats largest_wanted = largest(c, x_given);
  const Floats largest_dx_wanted = largest_back(c, x_given, dy_given);
  Floats positive = x_given;
  for (float& value : positive) value = value > 0.0F ? value : 0.0F;
  const Floats positive_wanted = largest(c, positive);
  Floats positive_dx_wanted = largest_back(c, positive, dy_given);
  for (std::size_t i = 0; i < x_given.size(); ++i) {
    positive_dx_wanted[i] = x_given[i] > 0.0F ? positive_dx_wanted[i] : 0.0F;
  }
  const Floats mean_wanted = mean(c, x_given);
  const Floats mean_dx_wanted = mean_back(c, dy_given);
  for (const KernelTable* table : available_tables()) {
    const std::string where = std::string(table->name) + " " + name_of(c) + " " + what + " ";
    Buffer x(x_given);
    Buffer dy(dy_given);
    Buffer largest_y = Buffer::poisoned(largest_wanted.size());
    Buffer mean_y = Buffer::poisoned(mean_wanted.size());
    Buffer largest_dx = Buffer::poisoned(x_given.size());
    Buffer mean_dx = Buffer::poisoned(x_given.size());
    Buffer positive_y = Buffer::poisoned(largest_wanted.size());
    Buffer positive_dx = Buffer::poisoned(x_given.size());
    Buffer places = Buffer::poisoned(largest_wanted.size());
    Buffer without_places = Buffer::poisoned(largest_wanted.size());
    table->max_pool_forward(c.extent, x.data(), largest_y.data());
    table->max_pool_backward(c.extent, x.data(), dy.data(), largest_dx.data());
    table->relu_max_pool_forward(c.extent, x.data(), positive_y.data(), places.data());
    table->relu_max_pool_forward(c.extent, x.data(), without_places.data(), nullptr);
    table->relu_max_pool_backward(c.extent, places.data(), dy.data(), positive_dx.data());
    (void)places.values();  // its guards
    table->average_pool_forward(c.extent, x.data(), mean_y.data());
    table->average_pool_backward(c.extent, dy.data(), mean_dx.data());
    expect_same(largest_y.values(), largest_wanted, where + "largest");
    expect_same(largest_dx.values(), largest_dx_wanted, where + "largest, dx");
    expect_same(positive_y.values(), positive_wanted, where + "relu");
    expect_same(without_places.values(), positive_wanted, where + "relu, no places");
    expect_same(positive_dx.values(), positive_dx_wanted, where + "relu, dx");
    expect_same(mean_y.values(), mean_wanted, where + "mean");
    expect_same(mean_dx.values(), mean_dx_wanted, where + "mean, dx");
  }
}

void expect_plain_loops(const Convolution& c, Kind kind) {
  const Floats x = values(kind, 1, c.inputs());
  const Floats dy = values(kind, 2, c.positions() * c.extent.channels);
  expect_plain_loops(c, x, dy, name_of(kind));
  if (kind == Kind::plain) expect_plain_loops(c, coarse(x), dy, "coarse");
}

const Convolution shapes[] = {
    {{1, 1, 1, 1, {1, 1, 1, 1, 0, 0}, 1, 1}, 1},    {{0, 4, 4, 3, {2, 2, 2, 2, 0, 0}, 2, 2}, 1},
    {{3, 8, 6, 1, {2, 2, 2, 2, 0, 0}, 4, 3}, 1},    {{2, 28, 28, 1, {2, 2, 2, 2, 0, 0}, 14, 14}, 1},
    {{2, 14, 14, 32, {2, 2, 2, 2, 0, 0}, 7, 7}, 1}, {{2, 7, 7, 65, {2, 2, 2, 2, 0, 0}, 4, 4}, 1},
    {{2, 7, 7, 31, {3, 3, 2, 2, 1, 1}, 4, 4}, 1},   {{2, 5, 6, 17, {3, 3, 1, 1, 1, 1}, 5, 6}, 1},
    {{2, 7, 7, 19, {7, 7, 1, 1, 0, 0}, 1, 1}, 1},   {{2, 1, 37, 2, {1, 3, 1, 3, 0, 2}, 1, 13}, 1},
    {{1, 2, 2, 4, {5, 5, 1, 1, 4, 4}, 6, 6}, 1},    {{1, 5, 5, 300, {2, 2, 3, 3, 0, 0}, 2, 2}, 1},
};

class Pooling : public testing::TestWithParam<Convolution> {};
INSTANTIATE_TEST_SUITE_P(Shapes, Pooling, testing::ValuesIn(shapes),
                         [](const auto& instance) { return name_of(instance.param); });

TEST_P(Pooling, EqualsPlainLoops) {
  for (const Kind kind : all_kinds) expect_plain_loops(GetParam(), kind);
}

TEST(RandomPooling, EqualsPlainLoops) {
  for (std::uint32_t i = 0; i < 200; ++i) {
    expect_plain_loops(random_convolution(i, true), all_kinds[i % std::size(all_kinds)]);
  }
}

constexpr ImageExtent four_in_a_row{1, 1, 4, 1, {1, 4, 1, 4, 0, 0}, 1, 1};

TEST(MaxPool, TakesTheFirstOfTheLargest) {
  Floats y(1);
  Floats dx(4, 9.0F);
  max_pool_forward(four_in_a_row, Floats{-0.0F, 0.0F, -1.0F, 0.0F}, y);
  EXPECT_TRUE(same(y[0], -0.0F));
  max_pool_backward(four_in_a_row, Floats{1.0F, 3.0F, 3.0F, 2.0F}, Floats{5.0F}, dx);
  EXPECT_EQ(dx, (Floats{0.0F, 5.0F, 0.0F, 0.0F}));
}

TEST(MaxPool, TakesANanOnlyWhereItIsFirst) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  Floats y(1);
  Floats dx(4);
  max_pool_forward(four_in_a_row, Floats{1.0F, nan, 2.0F, nan}, y);
  EXPECT_EQ(y[0], 2.0F);
  max_pool_forward(four_in_a_row, Floats{nan, 1.0F, 2.0F, 3.0F}, y);
  EXPECT_TRUE(std::isnan(y[0]));
  max_pool_backward(four_in_a_row, Floats{nan, 1.0F, 2.0F, 3.0F}, Floats{5.0F}, dx);
  EXPECT_EQ(dx, (Floats{5.0F, 0.0F, 0.0F, 0.0F}));
}

TEST(AveragePool, CountsThePlacesThatExist) {
  const ImageExtent e{1, 1, 3, 1, {1, 3, 1, 1, 0, 1}, 1, 3};
  Floats y(3);
  Floats dx(3);
  average_pool_forward(e, Floats{1.0F, 3.0F, 5.0F}, y);
  EXPECT_EQ(y, (Floats{2.0F, 3.0F, 4.0F}));
  average_pool_backward(e, Floats{2.0F, 3.0F, 4.0F}, dx);
  EXPECT_EQ(dx, (Floats{2.0F, 4.0F, 3.0F}));
}

TEST(PoolingDeathTest, RefusesAWindowOfPaddingAlone) {
  Floats x(4), y(2);
  EXPECT_DEATH(max_pool_forward({1, 1, 4, 1, {1, 4, 1, 4, 0, 0}, 1, 2}, x, y),
               "window 2 of an image of width 4");
}

}  // namespace
}  // namespace rondo::kernels::test
