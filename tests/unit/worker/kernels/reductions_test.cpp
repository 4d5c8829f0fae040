// The 16-lane tree, argmax and all_finite.
#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "tests/unit/worker/kernels/reference.h"
#include "worker/kernels/kernels.h"

namespace rondo::kernels::test {
namespace {

TEST(Reductions, EqualThePlainTreeOnEveryTarget) {
  for (const std::size_t count : counts()) {
    for (const Kind kind : all_kinds) {
      const Floats x = values(kind, 1, count);
      const Floats y = values(kind, 2, count);
      for (const KernelTable* table : available_tables()) {
        Buffer x_in(x);
        Buffer y_in(y);
        EXPECT_TRUE(same(table->sum(count, x_in.data()), sum_of(x)))
            << table->name << " " << count << " " << name_of(kind);
        EXPECT_TRUE(same(table->dot(count, x_in.data(), y_in.data()), dot_of(x, y)))
            << table->name << " " << count << " " << name_of(kind);
      }
    }
  }
}

// By hand: 2^60 and -2^60 meet in lane 0 (elements 0 and 16) before the 1 of lane 8 comes; in lanes 0 and 8
// they meet at h = 8, and the 1 of lane 4 survives; with the 1 in lane 8 beside 2^60 in lane 0 it is lost.
TEST(Reductions, AddLanesBeforeTheTree) {
  Floats x(17, 0.0F);
  x[0] = 0x1p60F;
  x[8] = 1.0F;
  x[16] = -0x1p60F;
  EXPECT_EQ(sum(x), 1.0);
  x = Floats(16, 0.0F);
  x[0] = 0x1p60F;
  x[8] = -0x1p60F;
  x[4] = 1.0F;
  EXPECT_EQ(sum(x), 1.0);
  x = Floats(16, 0.0F);
  x[0] = 0x1p60F;
  x[8] = 1.0F;
  x[4] = -0x1p60F;
  EXPECT_EQ(sum(x), 0.0);
}

TEST(Reductions, OfNothingOrMinusZeroArePlusZero) {
  EXPECT_TRUE(same(sum(Floats{}), 0.0));
  EXPECT_TRUE(same(sum(Floats(5, -0.0F)), 0.0));
  EXPECT_TRUE(same(dot(Floats{-0.0F}, Floats{1.0F}), 0.0));
}

TEST(Reductions, KeepProductsExact) {
  const Floats x = {0x1.fffffep0F};
  EXPECT_EQ(sum_of_squares(x), 0x1.fffffep0 * 0x1.fffffep0);
  EXPECT_EQ(sum_of_squares(Floats{3.0F, 4.0F}), 25.0);
}

TEST(Argmax, GivesTheFirstLargestAndNeverNaNButFirst) {
  constexpr float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(argmax(Floats{1.0F, 3.0F, 3.0F, 2.0F}), 1U);
  EXPECT_EQ(argmax(Floats{-0.0F, 0.0F}), 0U);
  EXPECT_EQ(argmax(Floats{1.0F, nan, 2.0F}), 2U);
  EXPECT_EQ(argmax(Floats{nan, 2.0F}), 0U);
}

TEST(AllFinite, SeesEveryElement) {
  EXPECT_TRUE(all_finite(Floats{std::numeric_limits<float>::max()}));
  for (const KernelTable* table : available_tables()) {
    const auto finite = [table](const Floats& x) { return table->all_finite(x.size(), x.data()); };
    for (const std::size_t count : counts()) {
      EXPECT_TRUE(finite(values(Kind::wide, 1, count))) << table->name;
      for (const std::size_t at : {std::size_t{0}, count / 2, count - 1}) {
        if (count == 0) continue;
        Floats x = values(Kind::tiny, 1, count);
        x[at] = std::numeric_limits<float>::quiet_NaN();
        EXPECT_FALSE(finite(x)) << table->name;
        x[at] = -std::numeric_limits<float>::infinity();
        EXPECT_FALSE(finite(x)) << table->name;
      }
    }
  }
}

}  // namespace
}  // namespace rondo::kernels::test
