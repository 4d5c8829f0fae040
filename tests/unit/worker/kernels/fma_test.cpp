// fma_float: the CPU's instruction, or its emulation where the target has none, against std::fma.
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <string>

#include "common/random/draws.h"
#include "tests/unit/worker/kernels/fixtures.h"

namespace rondo::kernels::test {
namespace {

void check(const Floats& a, const Floats& b, const Floats& c, const std::string& what) {
  Floats wanted;
  for (std::size_t i = 0; i < a.size(); ++i) wanted.push_back(std::fma(a[i], b[i], c[i]));
  for (const KernelTable* table : available_tables()) {
    Buffer a_in(a);
    Buffer b_in(b);
    Buffer c_in(c);
    Buffer y = Buffer::poisoned(a.size());
    table->fma(a.size(), a_in.data(), b_in.data(), c_in.data(), y.data());
    expect_same(y.values(), wanted, std::string(table->name) + " " + what);
  }
}

TEST(Fma, OfSpecialValuesInEveryCombination) {
  using Limits = std::numeric_limits<float>;
  Floats list = {0.0F,      1.0F,          0x1p-149F,      0x1.fffffcp-127F, Limits::min(),
                 0x1p-75F,  0x1.000002p0F, 0x1.fffffep0F,  0x1.8p-74F,       0x1p64F,
                 0x1p-100F, Limits::max(), 0x1.fffffep63F, 0x1.001p0F,       Limits::infinity()};
  const std::size_t half = list.size();
  for (std::size_t i = 0; i < half; ++i) list.push_back(-list[i]);
  list.push_back(Limits::quiet_NaN());
  Floats a;
  Floats b;
  Floats c;
  for (const float x : list) {
    for (const float y : list) {
      for (const float z : list) {
        a.push_back(x);
        b.push_back(y);
        c.push_back(z);
      }
    }
  }
  check(a, b, c, "specials");
}

TEST(Fma, OfRandomValuesOfEveryKind) {
  for (const Kind first : all_kinds) {
    for (const Kind last : all_kinds) {
      check(values(first, 1, 20000), values(first, 2, 20000), values(last, 3, 20000), name_of(first));
    }
  }
}

// The addend lies a little beside a·b's rounding boundary: two roundings would go wrong.
TEST(Fma, BesideTies) {
  const random::Draws draws(random::Key(1), random::Stream::split);
  Floats a;
  Floats b;
  Floats c;
  for (std::uint64_t i = 0; i < 200000; ++i) {
    const std::uint32_t word = draws.word(2 * i);
    const std::uint32_t more = draws.word(2 * i + 1);
    const auto scaled = [](float x, std::uint32_t bits) {
      return std::ldexp(x, static_cast<int>(bits % 100) - 50);
    };
    // A product of exactly 25 bits and a last one, that c's distance makes a tie or nearly one.
    const float x = std::bit_cast<float>(0x3f800000 | (word & 0x7ff) << 12 | 0x800);
    const float y = std::bit_cast<float>(0x3f800000 | (word >> 11 & 0xfff) << 11);
    a.push_back(scaled(x, more));
    b.push_back(y);
    const float size = std::ldexp(scaled(x, more), -static_cast<int>(more >> 8 & 63));
    c.push_back((more & 0x4000) != 0 ? -size : size);
  }
  check(a, b, c, "ties");
}

// The sum cancels to a few bits or to a denormal.
TEST(Fma, WhereTheSumCancels) {
  Floats a = values(Kind::plain, 5, 50000);
  Floats b = values(Kind::plain, 6, 50000);
  Floats c;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (i % 2 == 0) a[i] = std::ldexp(a[i], -140);
    c.push_back(-(a[i] * b[i]));
  }
  check(a, b, c, "cancelling");
}

// What a sum in double alone, rounded twice, would get wrong: 1 + 2^-24 + 2^-77 is above the tie.
TEST(Fma, RoundsOnce) {
  Floats y(1);
  const float a = 0x1p-30F;
  const float b = 0x1p-47F;
  const float c = 1.0F;
  const float product_a = 0x1.000002p0F;  // (1 + 2^-23)(1 - 2^-24) = 1 + 2^-24 - 2^-47: below the tie
  const float product_b = 0x1.fffffep-1F;
  const float little = -0x1p-100F;
  for (const KernelTable* table : available_tables()) {
    table->fma(1, &a, &b, &c, y.data());
    EXPECT_EQ(y[0], 1.0F);
    table->fma(1, &product_a, &product_b, &little, y.data());
    EXPECT_EQ(y[0], 1.0F);
  }
  // x = 1 + 2^-12: x² = 1 + 2^-11 + 2^-24 is a tie, which what is added decides.
  const float x = 0x1.001p0F;
  for (const float added : {0x1p-100F, -0x1p-100F}) {
    for (const KernelTable* table : available_tables()) {
      table->fma(1, &x, &x, &added, y.data());
      EXPECT_EQ(y[0], added > 0 ? 0x1.002002p0F : 0x1.002p0F) << table->name;
    }
  }
}

}  // namespace
}  // namespace rondo::kernels::test
