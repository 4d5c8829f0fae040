#include "coordinator/plan/imagined_run.h"

#include <gtest/gtest.h>

#include <string>

#include "coordinator/plan/lanes.h"

namespace rondo::plan {
namespace {

// Trial i costs i mod 3 + 1 ticks an epoch, which its bytes say.
class Proposals final : public search::Proposer {
 public:
  explicit Proposals(bool reads) : reads_(reads) {}
  [[nodiscard]] bool reads_history() const override { return reads_; }
  [[nodiscard]] std::optional<search::Proposal> propose(TrialId id, std::uint32_t,
                                                        const search::History&) const override {
    search::Proposal proposal;
    proposal.architecture = std::string(id.value() % 3 + 1, 'x') + std::to_string(id.value());
    proposal.digest = sha256(proposal.architecture);
    proposal.ticks_per_epoch = ticks(proposal.architecture);
    return proposal;
  }
  static Tick ticks(const std::string& architecture) { return Tick(architecture.find_first_not_of('x')); }

 private:
  bool reads_;
};

class ImaginedRun : public ::testing::Test {
 protected:
  [[nodiscard]] Search search(std::uint64_t trials, std::uint32_t lanes, const Proposals& proposals) const {
    schedule::Options options;
    options.lanes = lanes;
    options.trials = trials;
    options.epochs = Epoch(4);
    return {options, proposals, stopper_, Proposals::ticks, true, {}};
  }
  static Conditions workers(std::uint32_t count) {
    Conditions conditions;
    conditions.workers = count;
    return conditions;
  }

  Proposals free_{false};
  Proposals reading_{true};
  search::NoStopper stopper_;
};

TEST_F(ImaginedRun, OneWorkerIsBusyForTheSumOfAllTicks) {
  for (const Proposals* const proposals : {&free_, &reading_}) {
    const Usage usage = imagine(search(6, 2, *proposals), workers(1));
    EXPECT_EQ(usage.makespan, 4 * (1 + 2 + 3 + 1 + 2 + 3));
    EXPECT_EQ(usage.useful, 1);
    EXPECT_EQ(usage.waiting(), 0);
  }
}

TEST_F(ImaginedRun, TrialsEndWhereTheyAreSaidTo) {
  Search ends = search(6, 2, free_);
  ends.ends = {Epoch(2)};
  EXPECT_EQ(imagine(ends, workers(1)).makespan, 2 * 12);
}

TEST_F(ImaginedRun, TheLongestTrialAloneIsTheEnd) {
  // Trials of 4, 8 and 12 ticks, a worker each: 24 of 36 ticks are work.
  const Usage usage = imagine(search(3, 3, free_), workers(3));
  EXPECT_EQ(usage.makespan, 12);
  EXPECT_DOUBLE_EQ(usage.useful, 24.0 / 36.0);
}

TEST_F(ImaginedRun, OneLaneLetsWorkersWaitForWhoReadsHistory) {
  EXPECT_EQ(imagine(search(9, 1, reading_), workers(3)).makespan, 4 * 18);
  // By hand: trials of 4, 8, 12, 4, … ticks, each to the worker that is free first; the last one ends at 28.
  EXPECT_EQ(imagine(search(9, 1, free_), workers(3)).makespan, 28);
}

TEST_F(ImaginedRun, SlowAssignmentsTakeTheirFactor) {
  Conditions slow = workers(1);
  slow.slow_share = 1;
  slow.slowness = 3;
  EXPECT_EQ(imagine(search(6, 2, free_), slow).makespan, 3 * 48);
}

TEST_F(ImaginedRun, ErrorsAreDrawnFromTheSeed) {
  Conditions off = workers(2);
  off.cost_error = 0.5;
  const double once = imagine(search(9, 4, reading_), off).makespan;
  EXPECT_EQ(imagine(search(9, 4, reading_), off).makespan, once);
  off.seed = 1;
  EXPECT_NE(imagine(search(9, 4, reading_), off).makespan, once);
}

TEST_F(ImaginedRun, AdviceIsTheFewestLanesThatKeepWorkersBusy) {
  // With what reads nothing a lane a worker is enough: trials are begun ahead of their lanes.
  EXPECT_EQ(advise_lanes(search(60, 1, free_), workers(4)).lanes, 4U);
  Conditions off = workers(4);
  off.cost_error = 0.3;
  const LanesAdvice advice = advise_lanes(search(200, 1, reading_), off);
  EXPECT_GT(advice.lanes, 4U);
  EXPECT_GT(advice.usage.useful, imagine(search(200, 4, reading_), off).useful);
}

}  // namespace
}  // namespace rondo::plan
