#include "common/numerics/sum.h"

#include <gtest/gtest.h>

#include <bit>
#include <cstdint>
#include <vector>

namespace rondo::numerics {
namespace {

// The definition once more, with nothing shared: lanes by number, then the tree written out.
double written_out(const std::vector<double>& x) {
  double lane[16] = {};
  for (std::size_t l = 0; l < 16; ++l) {
    for (std::size_t i = l; i < x.size(); i += 16) lane[l] = lane[l] + x[i];
  }
  const auto eight = [&lane](std::size_t l) { return lane[l] + lane[l + 8]; };
  const auto four = [&eight](std::size_t l) { return eight(l) + eight(l + 4); };
  return (four(0) + four(2)) + (four(1) + four(3));
}

TEST(Sum, IsTheTreeOf16Lanes) {
  for (std::size_t count = 0; count < 200; ++count) {
    std::vector<double> x;
    double value = 1;
    for (std::size_t i = 0; i < count; ++i) {
      value = value * -1.7;
      x.push_back(value > 1e9 || value < -1e9 ? value = 0.3 : value);
    }
    EXPECT_EQ(sum(x), written_out(x)) << count;
  }
}

// 2^53 absorbs a 1: the results say which numbers met first.
TEST(Sum, ElementsSixteenApartMeetFirst) {
  std::vector<double> x(32, 0);
  x[0] = 0x1p53;
  x[16] = -0x1p53;
  x[1] = 1;
  EXPECT_EQ(sum(x), 1);
  x = std::vector<double>(32, 0);
  x[0] = 0x1p53;
  x[8] = 1;        // lost in the tree's first level …
  x[4] = -0x1p53;  // … before this one takes the large part away
  EXPECT_EQ(sum(x), 0);
}

TEST(Sum, OfNothingOrOfMinusZeroIsPlusZero) {
  EXPECT_EQ(std::bit_cast<std::uint64_t>(sum({})), 0u);
  EXPECT_EQ(std::bit_cast<std::uint64_t>(sum(std::vector<double>{-0.0})), 0u);
}

TEST(Sum, CallsEveryTermOnceInAscendingOrder) {
  std::vector<std::size_t> calls;
  const double total = sum_of(40, [&calls](std::size_t i) {
    calls.push_back(i);
    return static_cast<double>(i);
  });
  EXPECT_EQ(total, 780);
  ASSERT_EQ(calls.size(), 40u);
  for (std::size_t i = 0; i < 40; ++i) EXPECT_EQ(calls[i], i);
}

}  // namespace
}  // namespace rondo::numerics
