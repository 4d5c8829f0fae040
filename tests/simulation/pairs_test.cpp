// The rows of pairs.h are a covering array of strength two.
#include "tests/simulation/pairs.h"

#include <gtest/gtest.h>

#include <set>
#include <utility>

namespace rondo::simulation {
namespace {

TEST(Pairs, EveryTwoAreInARow) {
  std::set<std::pair<ProposerKind, StopperKind>> stopped;
  std::set<std::pair<ProposerKind, ObjectiveKind>> sought;
  std::set<std::pair<StopperKind, ObjectiveKind>> both;
  for (const Pair& pair : pairs(1)) {
    stopped.emplace(pair.sampler, pair.stopper);
    sought.emplace(pair.sampler, pair.objective);
    both.emplace(pair.stopper, pair.objective);
  }
  EXPECT_EQ(stopped.size(), 11U * 5U);
  EXPECT_EQ(sought.size(), 11U * 3U);
  EXPECT_EQ(both.size(), 5U * 3U);
}

TEST(Pairs, GpAndPortfolioHaveFewerSchedules) {
  for (const Pair& pair : pairs(2'000)) {
    const std::uint64_t most = pair.sampler == ProposerKind::gp          ? 50
                               : pair.sampler == ProposerKind::portfolio ? 200
                                                                         : 2'000;
    EXPECT_EQ(pair.schedules, most) << pair.sampler_name;
  }
}

}  // namespace
}  // namespace rondo::simulation
