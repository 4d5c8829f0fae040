#include "common/data/large_pages.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

namespace rondo::data {
namespace {

// Below and above the size from which blocks are aligned; what is in them survives the way between.
TEST(LargePages, VectorsGrowFromSmallBlocksToLargeOnes) {
  LargeVector<std::uint32_t> numbers;
  for (std::uint32_t i = 0; i < 3000000; ++i) numbers.push_back(i);
  LargeVector<std::uint32_t> moved = std::move(numbers);
  for (std::uint32_t i = 0; i < 3000000; ++i) ASSERT_EQ(moved[i], i);
  const auto address = reinterpret_cast<std::uintptr_t>(moved.data());
  EXPECT_EQ(address % static_cast<std::size_t>(LargeAllocator<std::uint32_t>::page), 0U);
  moved.resize(3);
  moved.shrink_to_fit();
  EXPECT_EQ(moved, (LargeVector<std::uint32_t>{0, 1, 2}));
}

TEST(LargePages, ReservesAnyContainer) {
  std::string text = "kept";
  reserve_large(text, 9000000);
  EXPECT_GE(text.capacity(), 9000000U);
  EXPECT_EQ(text, "kept");
}

}  // namespace
}  // namespace rondo::data
