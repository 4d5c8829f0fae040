// Dropout and initialisation: what they draw, from which address, in which range.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "tests/unit/worker/kernels/fixtures.h"
#include "worker/kernels/kernels.h"

namespace rondo::kernels::test {
namespace {

const random::Key key(0x0123456789abcdef);

random::Draws masks() {
  return {key, random::Stream::dropout, 3, 11};
}

TEST(Dropout, ComparesWordsWithTheThreshold) {
  for (const float rate : {0.0F, 0.1F, 0.25F, 0.5F, 0.9999999F}) {
    const Floats before = values(Kind::special, 1, 5000);
    Floats x = before;
    dropout(masks(), rate, x);
    const double threshold = std::floor(static_cast<double>(rate) * 0x1p32);
    const float scale = 1.0F / (1.0F - rate);
    for (std::size_t i = 0; i < x.size(); ++i) {
      const bool dropped = static_cast<double>(masks().word(i)) < threshold;
      ASSERT_TRUE(same(x[i], dropped ? 0.0F : before[i] * scale)) << i;
    }
  }
}

// From any element on, within a block of the generator and over many; the last address is 2^34 - 1.
TEST(Dropout, DrawsTheSameWordsOnEveryTarget) {
  const PhiloxAddress address = {key.value(), 11, 3, static_cast<std::uint32_t>(random::Stream::dropout)};
  constexpr std::uint32_t threshold = 0x60000000;
  for (const std::size_t count : counts()) {
    const Floats before = values(Kind::special, 2, count);
    for (const std::uint64_t first : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{7},
                                      std::uint64_t{254}, (std::uint64_t{1} << 34) - count}) {
      Floats wanted;
      for (std::size_t i = 0; i < count; ++i) {
        wanted.push_back(masks().word(first + i) < threshold ? 0.0F : before[i] * 1.6F);
      }
      for (const KernelTable* table : available_tables()) {
        Buffer x(before);
        table->dropout(count, first, address, threshold, 1.6F, x.data());
        expect_same(x.values(), wanted, std::string(table->name) + " from " + std::to_string(first));
      }
    }
  }
}

TEST(Dropout, DropsThatShareAndKeepsTheMean) {
  Floats x(40000, 1.0F);
  dropout(masks(), 0.25F, x);
  const auto zeros = std::count(x.begin(), x.end(), 0.0F);
  EXPECT_NEAR(static_cast<double>(zeros), 10000, 400);  // four and a half standard deviations
  EXPECT_EQ(*std::max_element(x.begin(), x.end()), 1.0F / 0.75F);
}

// The mask of an element does not depend on how many there are: a short last batch has the first rows' masks.
TEST(Dropout, AddressesElements) {
  Floats all(1000, 1.0F);
  Floats some(123, 1.0F);
  dropout(masks(), 0.5F, all);
  dropout(masks(), 0.5F, some);
  EXPECT_TRUE(std::equal(some.begin(), some.end(), all.begin()));
  Floats other(1000, 1.0F);
  dropout({key, random::Stream::dropout, 3, 12}, 0.5F, other);
  EXPECT_NE(all, other);
}

TEST(Dropout, ForwardAndBackwardAreTheSameMask) {
  Floats x(257, 1.0F);
  Floats gradient(257, 1.0F);
  dropout(masks(), 0.5F, x);
  dropout(masks(), 0.5F, gradient);
  EXPECT_EQ(x, gradient);
}

TEST(GlorotUniform, LiesWithinItsLimit) {
  const random::Draws draws(key, random::Stream::initialization, 2);
  Floats w(30 * 20);
  glorot_uniform(draws, 30, 20, w);
  const float limit = static_cast<float>(std::sqrt(6.0 / 50.0));
  for (std::size_t i = 0; i < w.size(); ++i) {
    const float uniform = static_cast<float>(draws.word(i) >> 8) * 0x1p-24F;
    ASSERT_EQ(w[i], limit * (2.0F * uniform - 1.0F));
    ASSERT_GE(w[i], -limit);
    ASSERT_LT(w[i], limit);
  }
  EXPECT_LT(*std::min_element(w.begin(), w.end()), -0.95F * limit);
  EXPECT_GT(*std::max_element(w.begin(), w.end()), 0.95F * limit);
  EXPECT_NEAR(sum(w) / 600, 0, 0.04);
}

TEST(HeNormal, HasItsDeviation) {
  const random::Draws draws(key, random::Stream::initialization, 2);
  Floats w(50 * 400);
  he_normal(draws, 50, w);
  for (std::size_t i = 0; i < 100; ++i) {
    ASSERT_EQ(w[i], static_cast<float>(draws.normal(i) * std::sqrt(2.0 / 50.0)));
  }
  EXPECT_NEAR(sum(w) / 20000, 0, 0.006);
  EXPECT_NEAR(std::sqrt(sum_of_squares(w) / 20000), 0.2, 0.004);
  EXPECT_GT(*std::max_element(w.begin(), w.end()), 0.6F);  // not truncated at two deviations
}

}  // namespace
}  // namespace rondo::kernels::test
