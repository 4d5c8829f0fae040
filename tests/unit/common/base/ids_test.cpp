#include "common/base/ids.h"

#include <gtest/gtest.h>

#include <concepts>
#include <limits>
#include <map>
#include <type_traits>

namespace rondo {
namespace {

// What the compiler must refuse: a number where an id is meant, and one kind of id where another is meant.
static_assert(!std::is_convertible_v<std::uint64_t, TrialId>);
static_assert(!std::is_convertible_v<TrialId, std::uint64_t>);
static_assert(!std::is_constructible_v<LaneId, RankId>);
static_assert(!std::is_assignable_v<LaneId&, RankId>);
static_assert(!std::equality_comparable_with<LaneId, RankId>);
static_assert(!std::equality_comparable_with<TrialId, std::uint64_t>);
static_assert(std::is_trivially_copyable_v<TrialId> && sizeof(TrialId) == sizeof(std::uint64_t));

TEST(Ids, HoldTheirValue) {
  EXPECT_EQ(TrialId(7).value(), 7u);
  EXPECT_EQ(TrialId().value(), 0u);
  EXPECT_EQ(MasterSeed(std::numeric_limits<std::uint64_t>::max()).value(),
            std::numeric_limits<std::uint64_t>::max());
}

TEST(Ids, AreOrderedByTheirValue) {
  EXPECT_LT(TrialId(9), TrialId(10));
  EXPECT_EQ(Tick(5), Tick(5));
  EXPECT_NE(Epoch(1), Epoch(2));
  EXPECT_GE(LaneId(2), LaneId(2));
  const std::map<TrialId, int> ordered{{TrialId(10), 2}, {TrialId(9), 1}};
  EXPECT_EQ(ordered.begin()->second, 1);
}

TEST(Ids, CanBeLookedUp) {
  EXPECT_EQ(std::hash<RankId>{}(RankId(3)), std::hash<RankId>{}(RankId(3)));
}

}  // namespace
}  // namespace rondo
