#include "coordinator/search/objectives.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "common/base/error.h"
#include "common/random/draws.h"
#include "tests/unit/coordinator/search/samples.h"

namespace rondo::search {
namespace {

using testing::add;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::pause_at;

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

Objectives objectives(const std::vector<proto::Objective>& names, bool higher_is_better = false) {
  proto::SearchSettings settings;
  for (const proto::Objective name : names) settings.add_objectives(name);
  return {settings.objectives(), higher_is_better};
}

std::string refusal(const std::vector<proto::Objective>& names) {
  try {
    static_cast<void>(objectives(names));
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::bad_input);
    return error.what();
  }
  return "accepted";
}

std::vector<std::vector<std::uint64_t>> ids(const std::vector<std::vector<Valued>>& fronts) {
  std::vector<std::vector<std::uint64_t>> result;
  for (const std::vector<Valued>& front : fronts) {
    result.emplace_back();
    for (const Valued& member : front) result.back().push_back(member.id.value());
  }
  return result;
}

std::vector<std::uint64_t> chosen(std::vector<Valued> trials, std::size_t most) {
  std::vector<std::uint64_t> result;
  for (const TrialId id : least_dominated(std::move(trials), most)) result.push_back(id.value());
  return result;
}

Valued valued(std::uint64_t id, double loss, std::uint64_t parameters, std::uint64_t multiply_adds = 0,
              std::uint64_t ticks = 0) {
  return {TrialId(id), loss, {parameters, multiply_adds, ticks}};
}

TEST(Objectives, AreTheScoreAndOthersBehindIt) {
  const auto score = proto::OBJECTIVE_SCORE;
  EXPECT_FALSE(objectives({score}).several());
  EXPECT_TRUE(objectives({score, proto::OBJECTIVE_TICKS}).several());
  EXPECT_EQ(
      refusal({score, proto::OBJECTIVE_TICKS, proto::OBJECTIVE_PARAMETERS, proto::OBJECTIVE_MULTIPLY_ADDS}),
      "accepted");
  EXPECT_THAT(refusal({}), HasSubstr("search.objectives: score is not the first"));
  EXPECT_THAT(refusal({proto::OBJECTIVE_PARAMETERS}), HasSubstr("score is not the first"));
  EXPECT_THAT(refusal({proto::OBJECTIVE_PARAMETERS, score}), HasSubstr("score is not the first"));
  EXPECT_THAT(refusal({score, score}), HasSubstr("score stands there twice"));
  EXPECT_THAT(refusal({score, static_cast<proto::Objective>(9)}), HasSubstr("not known"));
}

TEST(Objectives, ValuesAreTheLessTheBetterAndZeroWhereNobodyAsks) {
  Proposal network;
  network.parameters = 30;
  network.multiply_adds = 20;
  network.ticks_per_epoch = Tick(7);
  History history;
  const TrialId id = add(history, network, TrialState::running, 0);
  pause_at(history, id, 3, 0.25);
  const auto score = proto::OBJECTIVE_SCORE;
  const auto costs = [&](const std::vector<proto::Objective>& names, bool higher_is_better) {
    return objectives(names, higher_is_better).values(history).at(0);
  };
  EXPECT_EQ(costs({score}, false).loss, 0.25);
  EXPECT_EQ(costs({score}, true).loss, -0.25);
  EXPECT_THAT(costs({score}, true).costs, ElementsAre(0, 0, 0));
  EXPECT_THAT(costs({score, proto::OBJECTIVE_PARAMETERS}, true).costs, ElementsAre(30, 0, 0));
  EXPECT_THAT(costs({score, proto::OBJECTIVE_TICKS, proto::OBJECTIVE_MULTIPLY_ADDS}, true).costs,
              ElementsAre(0, 20, 21));
}

// As of the last rung, or the end: what a promoted trial has reported since counts for neither.
TEST(Objectives, TicksAreThoseOfTheEpochsThatTheScoreIsFrom) {
  Proposal network;
  network.ticks_per_epoch = Tick(10);
  History history;
  const TrialId id = add(history, network, TrialState::running, 0);
  EXPECT_THAT(objectives({proto::OBJECTIVE_SCORE}).values(history), IsEmpty());
  pause_at(history, id, 2, 0.5);
  EXPECT_EQ(ticks_taken(history.trial(id)), 20u);
  history.resume(id);
  history.commit_epoch(id, {.epoch = Epoch(3), .tick = Tick(3), .validation_loss = 0.125, .score = 0.875});
  EXPECT_EQ(ticks_taken(history.trial(id)), 20u);
  EXPECT_EQ(objectives({proto::OBJECTIVE_SCORE}).values(history).at(0).loss, 0.5);
  history.end(id, TrialState::completed, Epoch(3), 0.875);
  EXPECT_EQ(ticks_taken(history.trial(id)), 30u);
  const TrialId other = add(history, network, TrialState::running, 0);
  pause_at(history, other, 1, 0.5);
  history.end(other, TrialState::cut, Epoch(0), 0);
  EXPECT_EQ(ticks_taken(history.trial(other)), 10u);
}

TEST(Dominance, IsNoWorseEverywhereAndBetterSomewhere) {
  EXPECT_TRUE(dominates(valued(1, 0.5, 3), valued(0, 0.5, 4)));
  EXPECT_TRUE(dominates(valued(1, 0.25, 3), valued(0, 0.5, 3)));
  EXPECT_TRUE(dominates(valued(1, 0.5, 3, 3, 3), valued(0, 0.5, 3, 3, 4)));
  EXPECT_FALSE(dominates(valued(0, 0.5, 3), valued(1, 0.5, 3))) << "equal";
  EXPECT_FALSE(dominates(valued(0, 0.25, 4), valued(1, 0.5, 3)));
  EXPECT_FALSE(dominates(valued(0, 0.25, 3, 9), valued(1, 0.5, 3, 8)));
  EXPECT_FALSE(dominates(valued(0, 0.0, 3), valued(1, -0.0, 3)));
  EXPECT_TRUE(dominates(valued(0, -infinity, 3), valued(1, 0, 3)));
}

TEST(Dominance, AnyScoreIsBetterThanNone) {
  EXPECT_TRUE(dominates(valued(0, infinity, 9), valued(1, nan, 3)));
  EXPECT_FALSE(dominates(valued(1, nan, 3), valued(0, infinity, 9)));
  EXPECT_TRUE(dominates(valued(1, nan, 3), valued(0, nan, 4)));
  EXPECT_FALSE(dominates(valued(1, nan, 3), valued(0, nan, 3)));
}

// Loss over parameters: 0 (1, 8), 1 (2, 5), 2 (4, 4), 3 (8, 2) are the first front; 4 (4, 5) is behind 1 and
// 2 alone, 5 (8, 4) behind 2 and 3, 6 (8, 5) behind 4 and 5; 7 and 8 have no score, and 8 is the larger one.
const std::vector<Valued> by_hand = {valued(8, nan, 2), valued(6, 8, 5), valued(5, 8, 4),
                                     valued(4, 4, 5),   valued(3, 8, 2), valued(2, 4, 4),
                                     valued(1, 2, 5),   valued(0, 1, 8), valued(7, nan, 1)};

TEST(Fronts, AreThoseWorkedOutByHand) {
  EXPECT_THAT(ids(fronts_of(by_hand)), ElementsAre(ElementsAre(0, 1, 2, 3), ElementsAre(4, 5), ElementsAre(6),
                                                   ElementsAre(7), ElementsAre(8)));
  EXPECT_THAT(fronts_of({}), IsEmpty());
}

TEST(Fronts, EqualTrialsShareOne) {
  EXPECT_THAT(ids(fronts_of({valued(2, 1, 1), valued(0, 1, 1), valued(1, 1, 2), valued(3, 0, 3)})),
              ElementsAre(ElementsAre(3, 0, 2), ElementsAre(1)));
}

// Losses 1, 2, 4, 8 of range 7; parameters 8, 5, 4, 2 of range 6.
TEST(Crowding, IsWhatWasWorkedOutByHand) {
  EXPECT_THAT(crowding_distances(fronts_of(by_hand)[0]),
              ElementsAre(infinity, 3.0 / 7 + 4.0 / 6, 6.0 / 7 + 3.0 / 6, infinity));
  EXPECT_THAT(crowding_distances(fronts_of(by_hand)[2]), ElementsAre(0.0)) << "one member has no ends";
  EXPECT_THAT(crowding_distances({}), IsEmpty());
}

TEST(Crowding, OfThreeEqualTrialsOneHasNoRoom) {
  // Both orders end at the equal ones: by loss 3, 0, 1, 2 and by parameters 0, 1, 2, 3.
  const std::vector<Valued> front =
      fronts_of({valued(0, 4, 1), valued(1, 4, 1), valued(2, 4, 1), valued(3, 2, 5)})[0];
  EXPECT_THAT(ids({front}), ElementsAre(ElementsAre(3, 0, 1, 2)));
  EXPECT_THAT(crowding_distances(front), ElementsAre(infinity, infinity, 0.0, infinity));
  EXPECT_THAT(crowding_distances({valued(0, 4, 1), valued(1, 4, 1)}), ElementsAre(0.0, 0.0));
}

TEST(Crowding, NumbersWithoutARangeAddNothing) {
  // Parameters alone: 7, 6, 5, 4 of range 3.
  EXPECT_THAT(
      crowding_distances({valued(0, -infinity, 7), valued(1, 2, 6), valued(2, 3, 5), valued(3, infinity, 4)}),
      ElementsAre(infinity, 2.0 / 3, 2.0 / 3, infinity));
  EXPECT_THAT(crowding_distances({valued(0, nan, 9, 1), valued(1, nan, 5, 2), valued(2, nan, 1, 3)}),
              ElementsAre(infinity, 2.0, infinity));
  constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  EXPECT_THAT(crowding_distances({valued(0, 1, most), valued(1, 2, most / 2 + 1), valued(2, 3, 0)}),
              ElementsAre(infinity, 2.0, infinity));
}

TEST(LeastDominated, AreThoseOfEarlierFrontsWithMoreRoomAndASmallerId) {
  EXPECT_THAT(chosen(by_hand, 9), ElementsAre(0, 3, 2, 1, 4, 5, 6, 7, 8));
  EXPECT_THAT(chosen(by_hand, 3), ElementsAre(0, 3, 2));
  EXPECT_THAT(chosen(by_hand, 20), ElementsAre(0, 3, 2, 1, 4, 5, 6, 7, 8));
  EXPECT_THAT(chosen({valued(2, 1, 1), valued(0, 1, 1), valued(1, 1, 1)}, 2), ElementsAre(0, 1));
  EXPECT_THAT(chosen({}, 2), IsEmpty());
}

// Few values, so that ties and copies are the rule; in any order the same.
TEST(Fronts, HoldNoDominatedMemberAndEachOneBehindThemIs) {
  for (std::uint32_t seed = 0; seed < 200; ++seed) {
    const random::Draws draws(random::derive_key(MasterSeed(seed), random::Domain::sampler),
                              random::Stream::sampler);
    std::vector<Valued> trials;
    for (std::uint64_t id = 0; id < 5 + seed % 60; ++id) {
      const std::uint64_t loss = draws.bounded(4 * id, 7);
      trials.push_back(valued(id, loss == 6 ? nan : static_cast<double>(loss), draws.bounded(4 * id + 1, 5),
                              draws.bounded(4 * id + 2, 4), draws.bounded(4 * id + 3, 3)));
    }
    const std::vector<std::vector<Valued>> fronts = fronts_of(trials);
    std::size_t members = 0;
    for (std::size_t k = 0; k < fronts.size(); ++k) {
      members += fronts[k].size();
      for (const Valued& member : fronts[k]) {
        const auto beats = [&](const Valued& other) { return dominates(other, member); };
        EXPECT_TRUE(std::ranges::none_of(fronts[k], beats));
        EXPECT_TRUE(k == 0 || std::ranges::any_of(fronts[k - 1], beats));
      }
    }
    EXPECT_EQ(members, trials.size());
    const std::vector<std::uint64_t> all = chosen(trials, trials.size());
    std::ranges::reverse(trials);
    EXPECT_EQ(ids(fronts_of(trials)), ids(fronts));
    EXPECT_EQ(chosen(trials, trials.size()), all);
  }
}

}  // namespace
}  // namespace rondo::search
