#include "coordinator/schedule/proposals.h"

#include <gtest/gtest.h>

#include "tests/unit/coordinator/schedule/scripted_search.h"

namespace rondo::schedule::testing {
namespace {

// Takes the next proposal as a decision does.
std::optional<Drawn> take(Proposals& proposals, search::History& history) {
  std::optional<Drawn> drawn = proposals.take(history);
  if (drawn) history.propose(TrialId(history.size()), drawn->proposal);
  return drawn;
}

std::map<std::uint64_t, Network> repeating() {
  return {{2, {1, false, 0, 3}}, {4, {1, false, 2, 1}}, {6, {1, true, 1, most_redraws + 5}}};
}

TEST(Proposals, DrawnAheadAreThoseOfTheirTurn) {
  constexpr std::uint64_t trials = 9;
  ScriptedProposer proposer;
  proposer.networks = repeating();
  search::History history;
  Proposals in_turn(proposer, 0);
  std::vector<Drawn> expected;
  while (history.size() < trials) expected.push_back(*take(in_turn, history));
  EXPECT_EQ(expected[2].redraws, 3U);
  EXPECT_EQ(expected[6].redraws, most_redraws) << "accepted at last";
  for (const std::uint32_t most : {1U, 3U, 100U}) {
    search::History again;
    Proposals ahead(proposer, most);
    for (std::uint64_t id = 0; id < trials; ++id) {
      std::uint64_t drawn = 0;
      while (const auto trial = ahead.draw_ahead(again, trials)) {
        EXPECT_LT(trial->value(), trials);
        ++drawn;
      }
      EXPECT_LE(drawn, most);
      ASSERT_NE(ahead.ahead(TrialId(id)), nullptr);
      EXPECT_EQ(ahead.ahead(TrialId(id))->architecture, expected[id].proposal.architecture);
      const auto taken = take(ahead, again);
      ASSERT_TRUE(taken);
      EXPECT_EQ(taken->proposal.architecture, expected[id].proposal.architecture);
      EXPECT_EQ(taken->redraws, expected[id].redraws);
      EXPECT_EQ(ahead.ahead(TrialId(id)), nullptr);
    }
  }
}

TEST(Proposals, OfAReaderAreNeverDrawnAhead) {
  ScriptedProposer proposer;
  proposer.ended_for_each = 1;
  search::History history;
  Proposals proposals(proposer, 10);
  EXPECT_FALSE(proposals.draw_ahead(history, 10));
  EXPECT_TRUE(take(proposals, history));
  // Refused now, and not for good.
  EXPECT_FALSE(take(proposals, history));
  history.end(TrialId(0), search::TrialState::completed, Epoch(0), 0);
  EXPECT_TRUE(take(proposals, history));
}

TEST(Proposals, EndWhenTheProposerHasNothingLeft) {
  ScriptedProposer proposer;
  proposer.spent_from = 2;
  search::History history;
  Proposals proposals(proposer, 10);
  EXPECT_EQ(proposals.draw_ahead(history, 10), TrialId(0));
  EXPECT_EQ(proposals.draw_ahead(history, 10), TrialId(1));
  EXPECT_FALSE(proposals.draw_ahead(history, 10));
  EXPECT_TRUE(take(proposals, history));
  EXPECT_TRUE(take(proposals, history));
  EXPECT_FALSE(take(proposals, history));
}

}  // namespace
}  // namespace rondo::schedule::testing
