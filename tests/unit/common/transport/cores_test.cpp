#include "common/transport/cores.h"

#include <gtest/gtest.h>

#include <vector>

namespace rondo::transport {
namespace {

CoreSet cores(std::size_t first, std::size_t last) {
  CoreSet set;
  for (std::size_t core = first; core < last; ++core) set.set(core);
  return set;
}

TEST(OwnCores, AreAtLeastOne) {
  EXPECT_GE(own_cores().count(), 1u);
}

TEST(ShareOfCores, IsAllOfThemWhenNobodyElseIsThere) {
  EXPECT_EQ(share_of_cores(cores(0, 6), {}), 6u);
}

TEST(ShareOfCores, IsAllThatMpiBoundARankToAlone) {
  const std::vector<CoreSet> others = {cores(4, 8), cores(8, 12)};
  EXPECT_EQ(share_of_cores(cores(0, 4), others), 4u);
}

TEST(ShareOfCores, IsAnEvenPartWhenRanksAreNotBound) {
  EXPECT_EQ(share_of_cores(cores(0, 12), std::vector<CoreSet>(2, cores(0, 12))), 4u);
  EXPECT_EQ(share_of_cores(cores(0, 3), std::vector<CoreSet>(2, cores(0, 3))), 1u);
  EXPECT_EQ(share_of_cores(cores(0, 11), std::vector<CoreSet>(2, cores(0, 11))), 3u);
}

TEST(ShareOfCores, NeverComesToMoreThanThereAre) {
  // Two on a socket, one on the other, one anywhere.
  const std::vector<CoreSet> all = {cores(0, 8), cores(0, 8), cores(8, 16), cores(0, 16)};
  std::size_t total = 0;
  for (std::size_t rank = 0; rank < all.size(); ++rank) {
    std::vector<CoreSet> others = all;
    others.erase(others.begin() + static_cast<std::ptrdiff_t>(rank));
    total += share_of_cores(all[rank], others);
  }
  EXPECT_LE(total, 16u);
  EXPECT_GE(total, 13u);
}

TEST(ShareOfCores, IsOneWhereThereAreMoreRanksThanCores) {
  EXPECT_EQ(share_of_cores(cores(0, 2), std::vector<CoreSet>(7, cores(0, 2))), 1u);
}

TEST(ShareOfCores, DoesNotCountThoseThatOnlyCoordinate) {
  EXPECT_EQ(share_of_cores(cores(0, 4), std::vector<CoreSet>(1)), 4u);
}

}  // namespace
}  // namespace rondo::transport
