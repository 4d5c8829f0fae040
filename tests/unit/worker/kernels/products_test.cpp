// Dense products: every target against plain chains of std::fma, for equal bits.
#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "tests/unit/worker/kernels/reference.h"
#include "worker/kernels/kernels.h"

namespace rondo::kernels::test {
namespace {

// Around tiles of 8, 16 and 32 columns and 2, 6 and 8 rows, and strips of 64 and 128.
constexpr Shape shapes[] = {{1, 1, 1},    {0, 3, 5},    {3, 0, 5},   {3, 5, 0},    {1, 0, 17},
                            {2, 3, 17},   {6, 4, 15},   {7, 13, 33}, {8, 129, 16}, {9, 65, 31},
                            {3, 130, 7},  {17, 5, 64},  {5, 3, 129}, {19, 37, 69}, {131, 2, 32},
                            {2, 33, 257}, {64, 64, 64}, {13, 63, 1}, {1, 257, 2}};

class Products : public testing::TestWithParam<Shape> {};
INSTANTIATE_TEST_SUITE_P(Shapes, Products, testing::ValuesIn(shapes), [](const auto& instance) {
  const Shape& s = instance.param;
  return std::to_string(s.rows) + "_" + std::to_string(s.inputs) + "_" + std::to_string(s.units);
});

TEST_P(Products, EqualPlainChains) {
  const Shape& s = GetParam();
  for (const Kind kind : all_kinds) {
    const Floats x = values(kind, 1, s.rows * s.inputs);
    const Floats w = values(kind, 2, s.inputs * s.units);
    const Floats b = values(kind, 3, s.units);
    const Floats dy = values(kind, 4, s.rows * s.units);
    const Floats y_wanted = dense(s, x, w, b);
    const Floats dw_wanted = weights_gradient(s, x, dy);
    const Floats db_wanted = bias_gradient(s, dy);
    const Floats dx_wanted = inputs_gradient(s, dy, w);
    for (const KernelTable* table : available_tables()) {
      const std::string where = std::string(table->name) + " " + name_of(kind) + " ";
      Buffer x_in(x);
      Buffer w_in(w);
      Buffer b_in(b);
      Buffer dy_in(dy);
      Buffer y = Buffer::poisoned(y_wanted.size());
      Buffer dw = Buffer::poisoned(dw_wanted.size());
      Buffer db = Buffer::poisoned(db_wanted.size());
      Buffer dx = Buffer::poisoned(dx_wanted.size());
      table->dense_forward(s.rows, s.inputs, s.units, x_in.data(), w_in.data(), b_in.data(), y.data());
      table->dense_gradient_weights(s.rows, s.inputs, s.units, x_in.data(), dy_in.data(), dw.data(),
                                    db.data());
      table->dense_gradient_inputs(s.rows, s.inputs, s.units, dy_in.data(), w_in.data(), dx.data());
      expect_same(y.values(), y_wanted, where + "y");
      expect_same(dw.values(), dw_wanted, where + "d_weights");
      expect_same(db.values(), db_wanted, where + "d_bias");
      expect_same(dx.values(), dx_wanted, where + "dx");
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
