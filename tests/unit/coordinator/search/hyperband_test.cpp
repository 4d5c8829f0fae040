#include "coordinator/search/hyperband.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

#include "tests/unit/coordinator/search/samples.h"

namespace rondo::search {
namespace {

using testing::add;
using ::testing::ElementsAre;
using testing::pause_at;

using Rows = std::vector<std::pair<std::uint64_t, std::uint32_t>>;  // trials, epochs

std::vector<Rows> table(std::uint32_t epochs, std::uint32_t reduction, std::uint32_t most) {
  std::vector<Rows> result;
  for (const HyperbandBracket& bracket : hyperband_round(Epoch(epochs), reduction, most)) {
    Rows& rows = result.emplace_back();
    for (const HyperbandRung& rung : bracket) rows.emplace_back(rung.trials, rung.epochs.value());
  }
  return result;
}

proto::HyperbandSettings settings(std::uint32_t reduction, std::uint32_t brackets) {
  proto::HyperbandSettings result;
  result.set_reduction(reduction);
  result.set_brackets(brackets);
  return result;
}

// Table 1 of the paper.
TEST(Hyperband, BracketsAreThoseOfThePaper) {
  EXPECT_EQ(table(81, 3, 5), (std::vector<Rows>{{{81, 1}, {27, 3}, {9, 9}, {3, 27}, {1, 81}},
                                                {{34, 3}, {11, 9}, {3, 27}, {1, 81}},
                                                {{15, 9}, {5, 27}, {1, 81}},
                                                {{8, 27}, {2, 81}},
                                                {{5, 81}}}));
  EXPECT_EQ(table(81, 3, 32), table(81, 3, 5));  // 3^5 is more than 81 epochs
}

TEST(Hyperband, FewerBracketsBeginWithMoreEpochs) {
  EXPECT_EQ(table(1000, 3, 4), (std::vector<Rows>{{{27, 37}, {9, 111}, {3, 333}, {1, 1000}},
                                                  {{12, 111}, {4, 333}, {1, 1000}},
                                                  {{6, 333}, {2, 1000}},
                                                  {{4, 1000}}}));
  EXPECT_EQ(table(81, 3, 1), (std::vector<Rows>{{{1, 81}}}));
  EXPECT_EQ(table(2, 3, 5), (std::vector<Rows>{{{1, 2}}}));
  EXPECT_EQ(table(1'000'000, 1000, 32), (std::vector<Rows>{{{1'000'000, 1}, {1000, 1000}, {1, 1'000'000}},
                                                           {{1500, 1000}, {1, 1'000'000}},
                                                           {{3, 1'000'000}}}));
}

// R = 8, η = 2, 3 brackets: 4 trials of 2, 2 of 4, 1 of 8 epochs; 3 of 4, 1 of 8; 3 of 8. Ten trials a round.
TEST(Hyperband, TrialsFillTheBracketsInTheOrderOfTheirIds) {
  EXPECT_EQ(table(8, 2, 3), (std::vector<Rows>{{{4, 2}, {2, 4}, {1, 8}}, {{3, 4}, {1, 8}}, {{3, 8}}}));
  const Hyperband hyperband(settings(2, 3), Epoch(8), true);
  for (const std::uint64_t round : {0U, 10U, 1'000'000U}) {
    for (const std::uint64_t id : {0U, 3U}) {
      EXPECT_EQ(hyperband.next_rung(TrialId(round + id), Epoch(0)), Epoch(2));
      EXPECT_EQ(hyperband.next_rung(TrialId(round + id), Epoch(2)), Epoch(4));
      EXPECT_EQ(hyperband.next_rung(TrialId(round + id), Epoch(4)), std::nullopt);
    }
    for (const std::uint64_t id : {4U, 6U}) {
      EXPECT_EQ(hyperband.next_rung(TrialId(round + id), Epoch(0)), Epoch(4));
      EXPECT_EQ(hyperband.next_rung(TrialId(round + id), Epoch(4)), std::nullopt);
    }
    for (const std::uint64_t id : {7U, 9U}) {
      EXPECT_EQ(hyperband.next_rung(TrialId(round + id), Epoch(0)), std::nullopt);
    }
  }
}

class Search {
 public:
  Search() : hyperband_(settings(2, 3), Epoch(8), true) {}

  TrialId begin() { return add(history, {}, TrialState::running, 0); }
  void pause(std::uint64_t id, std::uint32_t epoch, double score) {
    pause_at(history, TrialId(id), epoch, score);
  }
  // Asks one that has seen every step, and one that sees the history for the first time.
  std::optional<TrialId> promote() {
    const std::optional<TrialId> answer = hyperband_.promote(history);
    EXPECT_EQ(Hyperband(settings(2, 3), Epoch(8), true).promote(history), answer);
    if (answer) history.resume(*answer);
    return answer;
  }

  History history;

 private:
  Hyperband hyperband_;
};

TEST(Hyperband, ARungIsPromotedWhenItIsFull) {
  Search search;
  for (int i = 0; i < 4; ++i) search.begin();
  search.pause(2, 2, 0.3);
  search.pause(0, 2, 0.5);
  search.begin();  // trial 4, of the second bracket
  search.pause(1, 2, 0.9);
  EXPECT_EQ(search.promote(), std::nullopt);  // trial 3 is missing
  search.pause(3, 2, 0.7);
  EXPECT_EQ(search.promote(), TrialId(1));
  EXPECT_EQ(search.promote(), TrialId(3));
  EXPECT_EQ(search.promote(), std::nullopt);  // two places
  search.pause(3, 4, 0.8);
  search.pause(4, 4, 0.1);
  search.begin();
  search.begin();  // the second bracket is complete
  search.pause(6, 4, 0.3);
  EXPECT_EQ(search.promote(), std::nullopt);
  search.pause(1, 4, 0.75);
  search.pause(5, 4, 0.2);
  EXPECT_EQ(search.promote(), TrialId(3));  // of the first bracket, then of the second
  EXPECT_EQ(search.promote(), TrialId(6));
  EXPECT_EQ(search.promote(), std::nullopt);
}

TEST(Hyperband, WhatEndsLeavesItsPlaceToThoseThatWait) {
  Search search;
  for (int i = 0; i < 3; ++i) search.begin();
  search.pause(0, 2, 0.1);
  search.history.end(TrialId(1), TrialState::completed, Epoch(1), 0.9);
  search.history.end(TrialId(2), TrialState::diverged, Epoch(1), 0.9);
  EXPECT_EQ(search.promote(), std::nullopt);  // the fourth trial is not proposed yet
  add(search.history, {}, TrialState::too_large, 0);
  EXPECT_EQ(search.promote(), TrialId(0));  // one waits, two could go on
  search.history.end(TrialId(0), TrialState::diverged, Epoch(3), 0);
  EXPECT_EQ(search.promote(), std::nullopt);
  EXPECT_FALSE(Hyperband(settings(2, 3), Epoch(8), true).may_promote_later(search.history));
  search.begin();
  EXPECT_TRUE(Hyperband(settings(2, 3), Epoch(8), true).may_promote_later(search.history));
}

}  // namespace
}  // namespace rondo::search
