// Properties over random schedules: whatever ranks there are and whatever becomes of their messages, one
// journal; and the limits of ticks. tests/simulation does the first with a whole cluster and a second
// implementation of the rule.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <limits>

#include "common/base/error.h"
#include "tests/unit/coordinator/schedule/scripted_search.h"

namespace rondo::schedule::testing {
namespace {

using ::testing::HasSubstr;

// splitmix64: a stream of test choices.
class Choices {
 public:
  explicit Choices(std::uint64_t seed) : state_(seed) {}
  std::uint64_t below(std::uint64_t bound) {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15U;
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
    return (z ^ (z >> 31U)) % bound;
  }

 private:
  std::uint64_t state_;
};

struct Search {
  Options options;
  ScriptedProposer proposer;
  RungStopper stopper;
};

constexpr std::uint32_t most_epochs = 6;

void draw_search(std::uint64_t seed, Search& search) {
  Choices choices(seed);
  search.options.lanes = static_cast<std::uint32_t>(1 + choices.below(5));
  search.options.trials = 1 + choices.below(14);
  search.options.epochs = Epoch(most_epochs);
  search.options.trials_ahead = static_cast<std::uint32_t>(choices.below(6));
  if (choices.below(4) == 0) search.options.last_tick = Tick(choices.below(60));
  if (choices.below(2) == 0) search.stopper.rungs = {Epoch(1), Epoch(3)};
  if (choices.below(5) == 0) search.proposer.spent_from = choices.below(search.options.trials + 1);
  if (choices.below(5) == 0) search.proposer.ended_for_each = 1;
  for (std::uint64_t trial = 0; trial < search.options.trials; ++trial) {
    Network& network = search.proposer.networks[trial];
    network.cost = 1 + choices.below(9);
    network.too_large = choices.below(6) == 0;
    if (trial > 0 && choices.below(5) == 0) network.same_as = choices.below(trial);
    network.repeats = static_cast<std::uint32_t>(choices.below(23));
  }
}

// Patience ends a trial somewhere, a rung's epochs included.
std::uint32_t length_of(TrialId trial) {
  return static_cast<std::uint32_t>(1 + Choices(1000 + trial.value()).below(most_epochs));
}

double loss_of(TrialId trial) {
  return static_cast<double>(Choices(trial.value()).below(100)) / 100;
}

// Ranks that train one epoch after another, in an order that the choices give.
class Ranks {
 public:
  Ranks(Search& search, std::uint64_t seed, std::uint32_t count)
      : core_(search.options, search.proposer, search.stopper), choices_(seed) {
    take(core_.start());
    for (std::uint32_t rank = 1; rank <= count; ++rank) join();
  }

  // The journal, one text a record.
  std::vector<std::string> run() {
    for (std::uint64_t turn = 0; !core_.finished(); ++turn) {
      EXPECT_LT(turn, 20'000U) << "no progress";
      if (turn >= 20'000) break;
      happen();
    }
    EXPECT_TRUE(faults_.empty());
    return journal_;
  }

 private:
  struct Work {
    AssignCommand assign;
    std::uint32_t done = 0;
    std::uint32_t reported = 0;
  };

  void join() {
    const RankId rank(++ranks_);
    working_.emplace(rank, std::nullopt);
    take(core_.step(RankJoined{rank}));
  }

  void happen() {
    const std::uint64_t what = choices_.below(100);
    auto one = working_.begin();
    std::advance(one, static_cast<std::ptrdiff_t>(choices_.below(working_.size())));
    if (what < 2) {
      const RankId rank = one->first;
      working_.erase(one);
      take(core_.step(RankLost{rank}));
      join();
    } else if (what < 10 && !late_.empty()) {
      take(core_.step(late_[choices_.below(late_.size())]));
    } else if (one->second && what < 13) {
      const AssignmentId assignment = one->second->assign.assignment;
      one->second.reset();
      take(core_.step(AttemptFailed{one->first, assignment}));
    } else if (one->second) {
      train(one->first, *one->second);
    }
  }

  void train(RankId rank, Work& work) {
    const std::uint32_t length = length_of(work.assign.trial);
    ++work.done;
    const bool ends = work.done == length;
    const bool segment_done = ends || work.done == work.assign.last_epoch.value();
    if (!segment_done && choices_.below(2) == 0) return;
    ResultArrived event;
    event.rank = rank;
    event.assignment = work.assign.assignment;
    event.trial = work.assign.trial;
    event.epochs = results(event.trial.value(), work.reported + 1, work.done, loss_of(event.trial));
    if (ends) event.end = end_of(event.trial.value(), length);
    event.segment_done = segment_done;
    if (!ends) event.checkpoint = Epoch(work.done);
    work.reported = work.done;
    if (segment_done) working_.at(rank).reset();
    late_.push_back(event);
    take(core_.step(event));
  }

  void take(const Ready& ready) {
    for (const Record& record : ready.records) journal_.push_back(text(record));
    if (ready.fault) faults_.push_back(*ready.fault);
    for (const Command& command : ready.commands) {
      if (const auto* const assign = std::get_if<AssignCommand>(&command)) {
        EXPECT_FALSE(working_.at(assign->rank)) << "rank " << assign->rank.value() << " has work";
        EXPECT_LT(assign->checkpoint, assign->first_epoch);
        working_.at(assign->rank) = Work{*assign, assign->checkpoint.value(), assign->checkpoint.value()};
      } else {
        working_.at(std::get<AbandonCommand>(command).rank).reset();
      }
    }
  }

  Core core_;
  Choices choices_;
  std::uint32_t ranks_ = 0;
  std::map<RankId, std::optional<Work>> working_;
  std::deque<Event> late_;
  std::vector<std::string> journal_;
  std::vector<std::string> faults_;
};

TEST(Schedules, AnyRanksAndAnyLuckGiveOneJournal) {
  std::size_t records = 0;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    Search search;
    draw_search(seed, search);
    search.options.max_infrastructure_failures = 1'000'000;
    const std::vector<std::string> reference = Ranks(search, 0, 1).run();
    records += reference.size();
    for (const std::uint32_t count : {1U, 2U, 3U, 7U}) {
      search.options.trials_ahead = count % 3;
      EXPECT_EQ(Ranks(search, seed * 10 + count, count).run(), reference)
          << "seed " << seed << ", " << count << " ranks";
    }
  }
  EXPECT_GT(records, 5'000U);
}

// Nothing but the first refused decision depends on the budget.
TEST(Schedules, ALargerBudgetGoesOnFromTheFirstRefusal) {
  for (std::uint64_t seed = 1000; seed < 1100; ++seed) {
    Search search;
    draw_search(seed, search);
    search.options.last_tick.reset();
    search.options.max_infrastructure_failures = 1'000'000;
    const std::vector<std::string> small = Ranks(search, seed, 2).run();
    search.options.trials += 5;
    const std::vector<std::string> large = Ranks(search, seed + 1, 3).run();
    std::size_t same = 0;
    while (same < small.size() && same < large.size() && small[same] == large[same]) ++same;
    if (same == small.size()) continue;
    EXPECT_THAT(small[same], HasSubstr("idles: budget")) << "seed " << seed;
  }
}

TEST(Schedules, ASearchOfManyLongTrialsIsCheap) {
  ScriptedProposer proposer;
  for (std::uint64_t trial = 0; trial < 400; ++trial) proposer.networks[trial].cost = 1 + trial % 97;
  const search::NoStopper stopper;
  Options options;
  options.lanes = 192;
  options.trials = 400;
  options.epochs = Epoch(500);
  Core core(options, proposer, stopper);
  std::size_t records = core.start().records.size();
  for (std::uint64_t left = options.trials; left > 0; --left) {
    const Event event =
        ResultRestored{TrialId(left - 1), results(left - 1, 1, 500), end_of(left - 1, 500), {}};
    records += core.step(event).records.size();
  }
  EXPECT_TRUE(core.finished());
  EXPECT_EQ(records, 400U * (1 + 500 + 1) + 192);
}

TEST(Schedules, TicksThatOverflowAreRefused) {
  constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  const search::NoStopper stopper;
  Options options;
  options.lanes = 1;
  options.trials = 2;
  options.epochs = Epoch(3);
  ScriptedProposer proposer;
  proposer.networks[0].cost = most / 3;
  {
    Core core(options, proposer, stopper);
    EXPECT_EQ(core.start().records.size(), 1U) << "its last epoch is at the last tick";
    try {
      // The next trial starts where 64 bits end.
      static_cast<void>(core.step(ResultRestored{TrialId(0), results(0, 1, 3), end_of(0, 3), {}}));
      ADD_FAILURE() << "nothing was thrown";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::bad_input);
      EXPECT_THAT(error.what(), HasSubstr("trial 1"));
    }
  }
  proposer.networks[0].cost = most / 3 + 1;
  Core core(options, proposer, stopper);
  EXPECT_THROW(static_cast<void>(core.start()), Error);
  // One that is too large is never trained, so its ticks don't count.
  proposer.networks[0].too_large = true;
  Core fine(options, proposer, stopper);
  EXPECT_EQ(fine.start().records.size(), 3U);
}

// The history that samplers see is what the records say.
TEST(Schedules, TheHistoryFollowsTheRecords) {
  Search search;
  search.options.lanes = 2;
  search.options.trials = 2;
  search.options.epochs = Epoch(4);
  search.stopper.rungs = {Epoch(2)};
  search.proposer.networks[1].cost = 3;
  Core core(search.options, search.proposer, search.stopper);
  static_cast<void>(core.start());
  EXPECT_EQ(core.history().size(), 2U);
  static_cast<void>(core.step(ResultRestored{TrialId(0), results(0, 1, 2, 0.25), {}, {}}));
  const search::TrialRecord& trial = core.history().trial(TrialId(0));
  EXPECT_EQ(trial.state, search::TrialState::paused);
  ASSERT_EQ(trial.epochs.size(), 2U);
  EXPECT_EQ(trial.epochs[1].tick, Tick(2));
  EXPECT_EQ(trial.epochs[1].validation_loss, 0.25);
  EXPECT_EQ(trial.epochs[1].score, 0.75);
  static_cast<void>(core.step(ResultRestored{TrialId(1), results(1, 1, 1), end_of(1, 1), {}}));
  EXPECT_EQ(core.history().trial(TrialId(1)).state, search::TrialState::completed);
  EXPECT_EQ(core.history().trial(TrialId(1)).best_score, end_of(1, 1).best_score);
  ASSERT_EQ(core.history().ended().size(), 1U);
  EXPECT_EQ(core.history().ended()[0], TrialId(1));
}

}  // namespace
}  // namespace rondo::schedule::testing
