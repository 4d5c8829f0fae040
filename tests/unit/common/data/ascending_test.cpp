#include "common/data/ascending.h"

#include <gtest/gtest.h>

namespace rondo::data {
namespace {

TEST(Ascending, KeepsWhatFourBytesCannotHold) {
  constexpr std::uint64_t step = std::uint64_t{1} << 32U;
  const std::vector<std::uint64_t> values = {0,        0,        7,        step - 1,     step,
                                             step + 7, step + 7, 2 * step, 5 * step - 1, 5 * step + 1};
  Ascending ascending;
  ascending.reserve(3);
  for (const std::uint64_t value : values) ascending.push_back(value);
  ASSERT_EQ(ascending.size(), values.size());
  for (std::size_t i = 0; i < values.size(); ++i) EXPECT_EQ(ascending[i], values[i]) << i;
}

TEST(Ascending, StartsAgainWhenCleared) {
  Ascending ascending;
  ascending.push_back(std::uint64_t{3} << 32U);
  ascending.clear();
  EXPECT_EQ(ascending.size(), 0U);
  ascending.push_back(5);
  EXPECT_EQ(ascending[0], 5U);
}

}  // namespace
}  // namespace rondo::data
