#include "common/random/draws.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <vector>

#include "common/numerics/normal.h"
#include "common/random/philox.h"

namespace rondo::random {
namespace {

// The address that the golden constants below belong to: key 42, stream 7, tensor 3, step 9.
const Draws golden(Key(42), Stream::sampler, 3, 9);

constexpr std::uint64_t last_word = (std::uint64_t{1} << 34) - 1;
constexpr std::uint64_t last_pair = (std::uint64_t{1} << 33) - 1;

// Golden constants of this file: computed with a few lines of Python (Philox on integers, float.hex()), which
// share no code with ours.
TEST(Draws, WordsAreFixed) {
  const std::uint32_t expected[] = {0xfd51c839, 0x99cd1f1c, 0xf6634d63, 0xbc51de99, 0xd3ec7f55,
                                    0x1b7a1c61, 0x98fff3be, 0x31cac653, 0x9b92d89b};
  for (std::size_t i = 0; i < std::size(expected); ++i) EXPECT_EQ(golden.word(i), expected[i]) << i;
  EXPECT_EQ(golden.word(last_word), 0xb33b1344);
}

TEST(Draws, AWordIsAddressedByElementStepTensorAndStream) {
  for (std::uint64_t element : {std::uint64_t{0}, std::uint64_t{5}, std::uint64_t{4'000'000'003}}) {
    const Counter block = philox4x32_10({static_cast<std::uint32_t>(element / 4), 9, 3, 7}, 42);
    EXPECT_EQ(golden.word(element), block[element % 4]);
  }
}

TEST(Draws, UniformsAreFixed) {
  const float floats[] = {0.9895291328430176F, 0.6007861495018005F, 0.9624527096748352F, 0.7356241941452026F};
  const double doubles[] = {0x1.faa39073339a3p-1, 0x1.ecc69ac778a3bp-1, 0x1.a7d8feaa36f43p-1,
                            0x1.31ffe77c63958p-1};
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(golden.uniform_float(i), floats[i]) << i;
    EXPECT_EQ(golden.uniform_double(i), doubles[i]) << i;
  }
}

TEST(Draws, NormalsAreFixed) {
  // √2 · erfinv((2n + 1) / 2^52 - 1), with mpmath at 200 bits; so near that ours round to the same doubles.
  const double expected[] = {0x1.278e6b236e5ddp+1, 0x1.c7a6a499ed2dap+0, 0x1.e4279a44b8e38p-1,
                             0x1.fa6fae5956165p-3, 0x1.17ea1c27e78ecp-2, 0x1.5df555853f909p-4};
  for (std::size_t i = 0; i < std::size(expected); ++i) EXPECT_EQ(golden.normal(i), expected[i]) << i;
}

TEST(Draws, BoundedIntegersAreFixed) {
  const std::uint64_t below_ten[] = {9, 9, 8, 5, 6, 5, 4, 4, 5, 5};
  for (std::size_t i = 0; i < std::size(below_ten); ++i) EXPECT_EQ(golden.bounded(i, 10), below_ten[i]) << i;
  EXPECT_EQ(golden.bounded(0, std::uint64_t{1} << 32), 4249995321u);
  EXPECT_EQ(golden.bounded(0, ~std::uint64_t{0}), 18253590914428378907u);
  // Half of all draws below 2^63 + 1 are refused: these took 1, 2, 2, 4, 1, 2, 2 and 4 attempts.
  const std::uint64_t below_half[] = {9126795457214189454u, 8679152456836219751u, 1085484859702849725u,
                                      1614981178228554087u, 5605130291378808008u, 4937718036443310098u,
                                      118196300702681970u,  4467374886671963758u};
  for (std::size_t i = 0; i < std::size(below_half); ++i) {
    EXPECT_EQ(golden.bounded(i, (std::uint64_t{1} << 63) + 1), below_half[i]) << i;
  }
}

TEST(Draws, WordsInARowAreTheWordsOneByOne) {
  for (std::uint64_t first = 0; first < 6; ++first) {
    for (std::size_t count = 0; count < 12; ++count) {
      std::vector<std::uint32_t> words(count, 0xdeadbeef);
      golden.words(first, words);
      for (std::size_t i = 0; i < count; ++i)
        EXPECT_EQ(words[i], golden.word(first + i)) << first << " " << i;
    }
  }
}

TEST(Draws, KeysStreamsTensorsStepsAndElementsNeverShareADraw) {
  std::set<Counter> blocks;
  std::size_t count = 0;
  for (const std::uint64_t key : {0U, 1U}) {
    for (std::uint32_t stream = 1; stream <= 7; ++stream) {
      for (const std::uint32_t tensor : {0U, 1U, 2U, 0xffffffffU}) {
        for (const std::uint32_t step : {0U, 1U, 2U, 0xffffffffU}) {
          const Draws draws(Key(key), static_cast<Stream>(stream), tensor, step);
          for (const std::uint64_t element : {std::uint64_t{0}, std::uint64_t{4}, last_word - 3}) {
            Counter block{};
            draws.words(element, block);
            blocks.insert(block);
            ++count;
          }
        }
      }
    }
  }
  EXPECT_EQ(blocks.size(), count);
}

TEST(DrawsDeathTest, ElementsWithoutAnAddressAreRefused) {
  EXPECT_DEATH(static_cast<void>(golden.word(last_word + 1)), "no address");
  EXPECT_DEATH(static_cast<void>(golden.uniform_double(last_pair + 1)), "no pair");
  EXPECT_DEATH(static_cast<void>(golden.bounded(0, 0)), "bound > 0");
  EXPECT_EQ(golden.bounded(last_pair, ~std::uint64_t{0}) >> 32, 0xd41725f9u);
}

TEST(Draws, ABoundOfOneGivesZero) {
  for (std::uint64_t i = 0; i < 100; ++i) EXPECT_EQ(golden.bounded(i, 1), 0u);
}

TEST(Draws, BoundedStaysBelowItsBound) {
  for (const std::uint64_t bound :
       {std::uint64_t{2}, std::uint64_t{3}, (std::uint64_t{1} << 32) - 1, std::uint64_t{1} << 32,
        (std::uint64_t{1} << 63) + 1, ~std::uint64_t{0}}) {
    std::uint64_t largest = 0;
    for (std::uint64_t i = 0; i < 2000; ++i) {
      const std::uint64_t value = golden.bounded(i, bound);
      ASSERT_LT(value, bound);
      largest = std::max(largest, value);
    }
    EXPECT_GT(static_cast<double>(largest), 0.49 * static_cast<double>(bound));
  }
}

// Σ (seen - expected)² / expected. Its mean is cells - 1, its variance about twice that.
double chi_square(const std::vector<std::uint64_t>& seen, double expected) {
  double total = 0;
  for (const std::uint64_t count : seen) {
    const double difference = static_cast<double>(count) - expected;
    total += difference * difference / expected;
  }
  return total;
}

TEST(Draws, BoundedIsUniform) {
  constexpr std::uint64_t draws = 40000;
  for (const std::uint64_t bound : {2U, 3U, 7U, 10U, 100U}) {
    std::vector<std::uint64_t> seen(bound);
    for (std::uint64_t i = 0; i < draws; ++i) ++seen[golden.bounded(i, bound)];
    const double freedom = static_cast<double>(bound - 1);
    EXPECT_LT(chi_square(seen, static_cast<double>(draws) / static_cast<double>(bound)),
              freedom + 5 * std::sqrt(2 * freedom) + 5)
        << bound;
  }
}

// Without the redraw, the results of a bound of 3 · 2^62 that are 0 mod 3 would come twice as often.
TEST(Draws, BoundedIsUniformWhereTheProductAloneIsNot) {
  constexpr std::uint64_t draws = 30000;
  std::vector<std::uint64_t> seen(3);
  for (std::uint64_t i = 0; i < draws; ++i) ++seen[golden.bounded(i, std::uint64_t{3} << 62) % 3];
  EXPECT_LT(chi_square(seen, draws / 3.0), 30);
}

TEST(Draws, WordsAreUniformBitByBitAndByteByByte) {
  constexpr std::uint64_t draws = 40000;
  std::vector<std::uint64_t> ones(32);
  std::vector<std::uint64_t> bytes(256);
  for (std::uint64_t i = 0; i < draws; ++i) {
    const std::uint32_t word = golden.word(i);
    for (std::size_t bit = 0; bit < 32; ++bit) ones[bit] += word >> bit & 1;
    ++bytes[word >> 24];
  }
  // Six standard deviations of a fair coin.
  for (const std::uint64_t count : ones) EXPECT_NEAR(static_cast<double>(count), draws / 2.0, 600);
  EXPECT_LT(chi_square(bytes, draws / 256.0), 255 + 6 * std::sqrt(510.0));
}

TEST(Draws, UniformsFillTheirRangeButItsEnd) {
  double total = 0;
  for (std::uint64_t i = 0; i < 20000; ++i) {
    const float narrow = golden.uniform_float(i);
    const double wide = golden.uniform_double(i);
    ASSERT_TRUE(narrow >= 0 && narrow < 1 && wide >= 0 && wide < 1);
    ASSERT_EQ(narrow * 0x1p24F, std::floor(narrow * 0x1p24F));
    total += wide;
  }
  EXPECT_NEAR(total / 20000, 0.5, 0.012);  // six deviations of √(1/12) / √20000
}

TEST(Draws, NormalsHaveTheMomentsAndTailsOfANormal) {
  constexpr std::uint64_t draws = 100000;
  double mean = 0;
  double square = 0;
  double fourth = 0;
  std::uint64_t below = 0;
  std::uint64_t above = 0;
  for (std::uint64_t i = 0; i < draws; ++i) {
    const double x = golden.normal(i);
    mean += x / draws;
    square += x * x / draws;
    fourth += x * x * x * x / draws;
    if (x < -2) ++below;
    if (x > 2) ++above;
  }
  // Six deviations each: of a mean 1/√n, of a second moment √2/√n, of a fourth √96/√n.
  EXPECT_NEAR(mean, 0, 0.019);
  EXPECT_NEAR(square, 1, 0.027);
  EXPECT_NEAR(fourth, 3, 0.19);
  // Φ(-2) = 0.02275; a count's deviation is 47.
  EXPECT_NEAR(static_cast<double>(below), 2275, 283);
  EXPECT_NEAR(static_cast<double>(above), 2275, 283);
}

TEST(Draws, NormalsAreTheInverseCdfAtTheMiddleOf2To52EqualSteps) {
  for (std::uint64_t i = 0; i < 1000; ++i) {
    const std::uint64_t bits = std::uint64_t{golden.word(2 * i)} << 32 | golden.word(2 * i + 1);
    const double p = (static_cast<double>(bits >> 12) + 0.5) * 0x1p-52;
    EXPECT_EQ(golden.normal(i), numerics::inverse_normal_cdf(p));
  }
  EXPECT_NEAR(numerics::inverse_normal_cdf(0x1p-53), -8.2095, 1e-4);
}

// By hand: 0 1 2 … 9, then the draws below 10, 9, …, 2 are 6 6 3 6 5 1 3 1 0, each naming the place that
// changes with the last one that is left.
TEST(Permutation, GoesFromTheLastPlaceDown) {
  const Draws draws(Key(42), Stream::shuffle);
  const std::uint64_t expected_draws[] = {6, 6, 3, 6, 5, 1, 3, 1, 0};
  for (std::uint64_t i = 9; i >= 1; --i) EXPECT_EQ(draws.bounded(i, i + 1), expected_draws[9 - i]);
  EXPECT_EQ(permutation(draws, 10), (std::vector<std::uint32_t>{2, 0, 4, 7, 1, 5, 8, 3, 9, 6}));
}

TEST(Permutation, HasEveryNumberOnce) {
  for (const std::uint32_t count : {0U, 1U, 2U, 3U, 1000U}) {
    const std::vector<std::uint32_t> order = permutation(golden, count);
    EXPECT_EQ(order.size(), count);
    const std::set<std::uint32_t> distinct(order.begin(), order.end());
    EXPECT_EQ(distinct.size(), count);
    if (count > 0) {
      EXPECT_EQ(*distinct.rbegin(), count - 1);
    }
  }
}

TEST(Permutation, AllOrdersOfFourAreEquallyLikely) {
  std::vector<std::uint64_t> seen(256);
  constexpr std::uint32_t draws = 24000;
  for (std::uint32_t step = 0; step < draws; ++step) {
    const std::vector<std::uint32_t> order = permutation(Draws(Key(1), Stream::shuffle, 0, step), 4);
    ++seen[order[0] * 64 + order[1] * 16 + order[2] * 4 + order[3]];
  }
  std::erase(seen, 0U);
  ASSERT_EQ(seen.size(), 24u);
  EXPECT_LT(chi_square(seen, 1000), 23 + 6 * std::sqrt(46.0));
}

}  // namespace
}  // namespace rondo::random
