#include "coordinator/search/leaderboard.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "tests/unit/coordinator/search/samples.h"

namespace rondo::search {
namespace {

using testing::add;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::pause_at;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

Proposal with_parameters(std::uint64_t parameters) {
  Proposal proposal;
  proposal.parameters = parameters;
  return proposal;
}

std::vector<std::uint64_t> ranking(const History& history, bool higher_is_better) {
  std::vector<std::uint64_t> ids;
  for (const TrialId id : leaderboard(history, higher_is_better)) ids.push_back(id.value());
  return ids;
}

TEST(Leaderboard, FollowsTheMetricsDirection) {
  History history;
  for (const double score : {0.5, 0.75, -1.0, infinity, -infinity}) {
    add(history, with_parameters(1), TrialState::completed, score);
  }
  EXPECT_THAT(ranking(history, true), ElementsAre(3, 1, 0, 2, 4));
  EXPECT_THAT(ranking(history, false), ElementsAre(4, 2, 0, 1, 3));
}

TEST(Leaderboard, TiesGoToFewerParametersThenToTheSmallerId) {
  for (const bool higher : {true, false}) {
    History history;
    for (const std::uint64_t parameters : {30U, 10U, 20U, 10U, 30U, 10U}) {
      add(history, with_parameters(parameters), TrialState::completed, 0.5);
    }
    EXPECT_THAT(ranking(history, higher), ElementsAre(1, 3, 5, 2, 0, 4)) << higher;
  }
}

TEST(Leaderboard, BothZerosAreOneScore) {
  History history;
  add(history, with_parameters(2), TrialState::completed, 0.0);
  add(history, with_parameters(1), TrialState::completed, -0.0);
  EXPECT_THAT(ranking(history, true), ElementsAre(1, 0));
  EXPECT_THAT(ranking(history, false), ElementsAre(1, 0));
}

TEST(Leaderboard, ANanStandsBehindEverythingInBothDirections) {
  for (const bool higher : {true, false}) {
    History history;
    add(history, with_parameters(1), TrialState::completed, nan);
    add(history, with_parameters(9), TrialState::completed, -infinity);
    add(history, with_parameters(1), TrialState::completed, -nan);
    add(history, with_parameters(9), TrialState::completed, infinity);
    const std::vector<std::uint64_t> ids = ranking(history, higher);
    EXPECT_THAT(ids, higher ? ElementsAre(3, 1, 0, 2) : ElementsAre(1, 3, 0, 2)) << higher;
  }
}

TEST(Leaderboard, ATrialThatIsOrWasAtARungHasAPlaceUnlessItDiverged) {
  History history;
  add(history, with_parameters(1), TrialState::completed, 0.5);
  for (const double score : {0.75, 0.25, 0.625, 0.875, 0.375}) {
    pause_at(history, add(history, with_parameters(1), TrialState::running, 0), 1, score);
  }
  history.resume(TrialId(3));
  history.resume(TrialId(4));
  history.end(TrialId(4), TrialState::diverged, Epoch(1), 0.875);
  history.end(TrialId(5), TrialState::cut, Epoch(0), 0);
  EXPECT_THAT(ranking(history, true), ElementsAre(1, 3, 0, 5, 2));
  EXPECT_THAT(ranking(history, false), ElementsAre(2, 5, 0, 3, 1));
}

TEST(Leaderboard, OthersHaveNoPlace) {
  History history;
  EXPECT_THAT(leaderboard(history, true), IsEmpty());
  for (const TrialState state : {TrialState::running, TrialState::diverged, TrialState::too_large,
                                 TrialState::cut, TrialState::completed}) {
    add(history, with_parameters(1), state, 1);
  }
  add(history, with_parameters(1), TrialState::running, 1);
  history.pause(TrialId(5));
  EXPECT_THAT(ranking(history, true), ElementsAre(4));
}

// Every pair, every triple: what std::sort asks of an order.
TEST(Leaderboard, IsAStrictTotalOrder) {
  History history;
  for (const double score : {0.5, nan, 0.25, infinity}) {
    for (const std::uint64_t parameters : {2U, 1U, 2U}) {
      add(history, with_parameters(parameters), TrialState::completed, score);
    }
  }
  for (const bool higher : {true, false}) {
    for (const TrialRecord& a : history.trials()) {
      for (const TrialRecord& b : history.trials()) {
        EXPECT_EQ(ranks_before(a, b, higher) + ranks_before(b, a, higher), a.id == b.id ? 0 : 1);
        for (const TrialRecord& c : history.trials()) {
          if (ranks_before(a, b, higher) && ranks_before(b, c, higher)) {
            EXPECT_TRUE(ranks_before(a, c, higher));
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace rondo::search
