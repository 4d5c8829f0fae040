// Dense products: every target against plain chains of std::fma, for equal bits.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <iterator>
#include <string>

#include "common/random/draws.h"
#include "tests/unit/worker/kernels/reference.h"
#include "worker/kernels/kernels.h"

namespace rondo::kernels::test {
namespace {

// Operands of the three products.
struct Operands {
  Floats x, weights, bias, dy;
};

Operands operands(const Shape& s, Kind kind) {
  return {values(kind, 1, s.rows * s.inputs), values(kind, 2, s.inputs * s.units), values(kind, 3, s.units),
          values(kind, 4, s.rows * s.units)};
}

void expect_plain_chains(const Shape& s, const Operands& given, const std::string& what) {
  const Floats y_wanted = dense(s, given.x, given.weights, given.bias);
  const Floats dw_wanted = weights_gradient(s, given.x, given.dy);
  const Floats db_wanted = bias_gradient(s, given.dy);
  const Floats dx_wanted = inputs_gradient(s, given.dy, given.weights);
  for (const KernelTable* table : available_tables()) {
    const std::string where = std::string(table->name) + " " + what + " ";
    Buffer x(given.x);
    Buffer w(given.weights);
    Buffer b(given.bias);
    Buffer dy_in(given.dy);
    Buffer y = Buffer::poisoned(y_wanted.size());
    Buffer dw = Buffer::poisoned(dw_wanted.size());
    Buffer db = Buffer::poisoned(db_wanted.size());
    Buffer dx = Buffer::poisoned(dx_wanted.size());
    table->dense_forward(s.rows, s.inputs, s.units, x.data(), w.data(), b.data(), y.data());
    table->dense_gradient_weights(s.rows, s.inputs, s.units, x.data(), dy_in.data(), dw.data(), db.data());
    table->dense_gradient_inputs(s.rows, s.inputs, s.units, dy_in.data(), w.data(), dx.data());
    expect_same(y.values(), y_wanted, where + "y");
    expect_same(dw.values(), dw_wanted, where + "d_weights");
    expect_same(db.values(), db_wanted, where + "d_bias");
    expect_same(dx.values(), dx_wanted, where + "dx");
  }
}

std::string name_of(const Shape& s) {
  return std::to_string(s.rows) + "_" + std::to_string(s.inputs) + "_" + std::to_string(s.units);
}

// Nothing, one, and one past registers of 4, 8 and 16 floats, panels of 1 to 4 of them, and tiles of 3 to 12
// rows.
constexpr Shape small_shapes[] = {{1, 1, 1},    {0, 3, 5},    {3, 0, 5},    {3, 5, 0},    {1, 0, 17},
                                  {2, 3, 17},   {6, 4, 15},   {7, 13, 33},  {9, 65, 31},  {17, 5, 64},
                                  {5, 3, 129},  {19, 37, 69}, {131, 2, 32}, {2, 33, 257}, {64, 64, 64},
                                  {13, 63, 1},  {1, 257, 2},  {12, 16, 16}, {24, 7, 47},  {13, 25, 49},
                                  {25, 49, 65}, {32, 10, 63}, {33, 31, 9},  {4, 17, 113}, {37, 1, 61}};

class Products : public testing::TestWithParam<Shape> {};
INSTANTIATE_TEST_SUITE_P(Shapes, Products, testing::ValuesIn(small_shapes),
                         [](const auto& instance) { return name_of(instance.param); });

TEST_P(Products, EqualPlainChains) {
  for (const Kind kind : all_kinds)
    expect_plain_chains(GetParam(), operands(GetParam(), kind), kernels::test::name_of(kind));
}

// One past every block: 128 and 512 steps of a chain in each product, 192 rows, copied right factors (24
// rows, two panels), strips of 96 inputs, 384 rows; the gradient by the inputs turned either way, with more
// than 1024 units too, and that by the weights (32 rows, 256 inputs, few units).
constexpr Shape large_shapes[] = {{5, 513, 19},  {513, 7, 9},    {193, 3, 65},  {3, 193, 20},   {97, 2, 1025},
                                  {2, 97, 1025}, {35, 100, 70},  {100, 41, 50}, {21, 30, 1030}, {33, 97, 520},
                                  {389, 18, 5},  {129, 26, 131}, {33, 257, 1},  {131, 259, 15}, {513, 256, 3},
                                  {32, 258, 16}, {13, 515, 513}};

class LargeProducts : public testing::TestWithParam<Shape> {};
INSTANTIATE_TEST_SUITE_P(Shapes, LargeProducts, testing::ValuesIn(large_shapes),
                         [](const auto& instance) { return name_of(instance.param); });

TEST_P(LargeProducts, EqualPlainChains) {
  for (const Kind kind : {Kind::plain, Kind::special}) {
    expect_plain_chains(GetParam(), operands(GetParam(), kind), kernels::test::name_of(kind));
  }
}

// Some of the columns of an x whose rows are far apart: where the left factor is packed, in front of panels
// that are whole and one that is not, and where d_weights is turned.
TEST(PartsOfProducts, EqualPlainChains) {
  constexpr std::size_t all_inputs = 1024;
  for (const Shape& s : {Shape{130, 19, 330}, Shape{4, 193, 256}, Shape{33, 260, 5}}) {
    const Floats whole = values(Kind::plain, 1, s.rows * all_inputs);
    Operands given = operands(s, Kind::plain);
    for (std::size_t r = 0; r < s.rows; ++r) {
      std::copy_n(whole.data() + r * all_inputs, s.inputs, given.x.data() + r * s.inputs);
    }
    const Floats dw_wanted = weights_gradient(s, given.x, given.dy);
    const Floats db_wanted = bias_gradient(s, given.dy);
    for (const KernelTable* table : available_tables()) {
      Buffer x(whole);
      Buffer dy(given.dy);
      Buffer dw = Buffer::poisoned(dw_wanted.size());
      Buffer db = Buffer::poisoned(db_wanted.size());
      table->dense_gradient_weights_part(s.rows, s.inputs, all_inputs, s.units, x.data(), dy.data(),
                                         dw.data(), db.data());
      expect_same(dw.values(), dw_wanted, std::string(table->name) + " d_weights");
      expect_same(db.values(), db_wanted, std::string(table->name) + " d_bias");
    }
  }
}

TEST(RandomProducts, EqualPlainChains) {
  const random::Draws draws(random::Key(0x73686170), random::Stream::split, 0, 0);
  for (std::uint32_t i = 0; i < 40; ++i) {
    const Shape s{draws.word(3 * i) % 70, draws.word(3 * i + 1) % 100, draws.word(3 * i + 2) % 100};
    expect_plain_chains(s, operands(s, all_kinds[i % std::size(all_kinds)]), name_of(s));
  }
}

// Chains of two, one along each extent: first a product so small that no double holds it beside the second,
// then one of 13 by 13 bits, half of them halfway between two floats. Rounding to double and then to float is
// wrong there.
Floats tiny_then_halfway(std::uint32_t seed, std::size_t rows, std::size_t columns) {
  const random::Draws draws(random::Key(0x68616c66), random::Stream::split, seed, 0);
  Floats result(rows * columns);
  for (std::size_t i = 0; i < result.size(); ++i) {
    const bool first = (rows == 2 && i / columns == 0) || (columns == 2 && i % columns == 0);
    const std::uint32_t word = draws.word(i);
    const int digits = first ? 1 : static_cast<int>(0x1000 | (word >> 8 & 0xfff) | 1);
    result[i] = std::ldexp(static_cast<float>((word & 1) != 0 ? -digits : digits), first ? -40 : 0);
  }
  return result;
}

TEST(HalfwayProducts, EqualPlainChains) {
  for (const Shape& s : {Shape{24, 2, 37}, Shape{2, 24, 37}, Shape{24, 37, 2}}) {
    expect_plain_chains(s,
                        {tiny_then_halfway(1, s.rows, s.inputs), tiny_then_halfway(2, s.inputs, s.units),
                         Floats(s.units), tiny_then_halfway(3, s.rows, s.units)},
                        "halfway");
  }
}

// 2^-127 + 2^-149 is odd among the denormals; 2^-150 less 2^-182 is added, not quite half of the last bit. A
// double rounds that to half, and half would go up.
TEST(HalfwayProducts, AmongDenormals) {
  const Shape s{5, 2, 7};
  Floats x;
  for (std::size_t r = 0; r < s.rows; ++r) x.insert(x.end(), {0x1.000004p-60F, 0x1.0001p-75F});
  Floats weights(s.units, 0x1p-67F);
  weights.insert(weights.end(), s.units, 0x0.ffffp-75F);
  EXPECT_EQ(dense(s, x, weights, Floats(s.units))[0], 0x1.000004p-127F);
  expect_plain_chains(s, {x, weights, Floats(s.units), Floats(s.rows * s.units, 1.0F)}, "denormals");
}

TEST(DenseForward, GivesTheSameAtEveryAddress) {
  const Shape s{13, 19, 37};
  const Operands given = operands(s, Kind::plain);
  const Floats wanted = dense(s, given.x, given.weights, given.bias);
  const auto at = [](const Floats& values, std::size_t offset) {
    Floats moved(offset);
    moved.insert(moved.end(), values.begin(), values.end());
    return moved;
  };
  for (const KernelTable* table : available_tables()) {
    for (std::size_t offset = 0; offset < 16; ++offset) {
      const Floats x = at(given.x, offset);
      const Floats w = at(given.weights, (offset * 3) % 16);
      const Floats b = at(given.bias, (offset * 5) % 16);
      Floats y(wanted.size() + 15 - offset);
      float* out = y.data() + 15 - offset;
      table->dense_forward(s.rows, s.inputs, s.units, x.data() + offset, w.data() + (offset * 3) % 16,
                           b.data() + (offset * 5) % 16, out);
      expect_same(Floats(out, out + wanted.size()), wanted, table->name);
    }
  }
}

// 1 + 2^-24 + 2^-24 from the left stays 1, from the right it is 1 + 2^-23.
TEST(DenseForward, AddsFromTheFirstInput) {
  const Floats ones(3, 1.0F);
  const Floats ascending = {1.0F, 0x1p-24F, 0x1p-24F};
  const Floats descending = {0x1p-24F, 0x1p-24F, 1.0F};
  Floats y(1);
  dense_forward({1, 3, 1}, ascending, ones, Floats{0.0F}, y);
  EXPECT_EQ(y[0], 1.0F);
  dense_forward({1, 3, 1}, descending, ones, Floats{0.0F}, y);
  EXPECT_EQ(y[0], 1.0F + 0x1p-23F);
}

// (1 + 2^-12)² = 1 + 2^-11 + 2^-24 has 25 bits: minus one, only a fused product keeps the last.
TEST(DenseForward, RoundsProductAndSumOnce) {
  Floats y(1);
  dense_forward({1, 2, 1}, Floats{1.0F, 0x1.001p0F}, Floats{-1.0F, 0x1.001p0F}, Floats{0.0F}, y);
  EXPECT_EQ(y[0], 0x1p-11F + 0x1p-24F);
}

TEST(DenseForward, StartsAtPlusZero) {
  Floats y(1);
  dense_forward({1, 1, 1}, Floats{-0.0F}, Floats{1.0F}, Floats{-0.0F}, y);
  EXPECT_TRUE(same(y[0], 0.0F));
}

TEST(Axpy, IsOneFmaEach) {
  for (const std::size_t count : counts()) {
    for (const Kind kind : all_kinds) {
      const Floats x = values(kind, 1, count);
      const Floats y = values(kind, 2, count);
      Floats wanted;
      for (std::size_t i = 0; i < count; ++i) wanted.push_back(std::fma(0.3F, x[i], y[i]));
      for (const KernelTable* table : available_tables()) {
        Buffer x_in(x);
        Buffer y_in_out(y);
        table->axpy(count, 0.3F, x_in.data(), y_in_out.data());
        expect_same(y_in_out.values(), wanted, std::string(table->name) + " " + name_of(kind));
      }
    }
  }
}

}  // namespace
}  // namespace rondo::kernels::test
