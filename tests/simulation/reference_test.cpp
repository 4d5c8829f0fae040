// The reference scheduler against journals worked out by hand from the rule, all epochs costing one tick; and
// cases as text.
#include "tests/simulation/reference.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <variant>

#include "common/base/error.h"
#include "tests/simulation/case.h"

namespace rondo::simulation {
namespace {

// "2 R1.2" is epoch 2 of trial 1 reported at tick 2. P: proposed (trial, lane, last epoch), U: promoted
// (trial, lane, first and last epoch), I: idle (lane, reason), H: halted at a rung, E: ended (trial,
// outcome).
struct Line {
  std::string operator()(const schedule::Proposed& e) const {
    return fmt::format("P{}@{}-{}", e.trial.value(), e.lane.value(), e.last_epoch.value());
  }
  std::string operator()(const schedule::Promoted& e) const {
    return fmt::format("U{}@{}:{}-{}", e.trial.value(), e.lane.value(), e.first_epoch.value(),
                       e.last_epoch.value());
  }
  std::string operator()(const schedule::Idled& e) const {
    return fmt::format("I{}:{}", e.lane.value(), static_cast<int>(e.reason));
  }
  std::string operator()(const schedule::Reported& e) const {
    return fmt::format("R{}.{}", e.trial.value(), e.result.epoch.value());
  }
  std::string operator()(const schedule::Paused& e) const {
    return fmt::format("H{}.{}", e.trial.value(), e.epoch.value());
  }
  std::string operator()(const schedule::Ended& e) const {
    return fmt::format("E{}:{}", e.trial.value(), static_cast<int>(e.end.outcome));
  }
};

std::string journal(const WorkloadOptions& options) {
  std::string text;
  std::uint64_t tick = ~std::uint64_t{0};
  for (const schedule::Record& record : reference_records(Workload(options), options.trials)) {
    if (record.tick.value() != tick)
      text += fmt::format("{}{}", text.empty() ? "" : "| ", record.tick.value());
    tick = record.tick.value();
    text += " " + std::visit(Line{}, record.event);
    text += " ";
  }
  std::string single;
  for (const char character : text) {
    if (character != ' ' || single.empty() || single.back() != ' ') single += character;
  }
  return single;
}

WorkloadOptions plain(std::uint32_t lanes, std::uint64_t trials, std::uint32_t epochs) {
  WorkloadOptions work;
  work.lanes = lanes;
  work.trials = trials;
  work.epochs = epochs;
  work.most_ticks = 1;
  work.early_stop = 0;
  work.diverge = 0;
  work.too_large = 0;
  return work;
}

TEST(Reference, TiesCommitByTrialAndAFreedLaneDecidesAtOnce) {
  EXPECT_EQ(journal(plain(2, 3, 2)),
            "0 P0@0-2 P1@1-2 | 1 R0.1 R1.1 | 2 R0.2 E0:1 P2@0-2 R1.2 E1:1 I1:1 | 3 R2.1 | 4 R2.2 E2:1 I0:1 ");
}

TEST(Reference, TooLargeNetworksFreeTheirLaneAtTheSameTick) {
  WorkloadOptions work = plain(2, 3, 2);
  work.too_large = 100;
  EXPECT_EQ(journal(work), "0 P0@0-0 E0:3 P1@0-0 E1:3 P2@0-0 E2:3 I0:1 I1:1 ");
}

TEST(Reference, ABracketPromotesItsBetterHalfOnceItIsFull) {
  WorkloadOptions work = plain(2, 2, 3);
  work.stopper = StopperKind::bracket;
  work.bracket = 2;
  const Reference both = reference(Workload(work), 2);
  const Workload workload(work);
  const auto loss = [&](std::uint64_t trial) {
    return workload.truth(TrialId(trial), both.architectures[trial]).epochs[1].validation_loss;
  };
  const int best = loss(1) < loss(0) ? 1 : 0;
  EXPECT_EQ(journal(work),
            fmt::format("0 P0@0-2 P1@1-2 | 1 R0.1 R1.1 | 2 R0.2 H0.2 I0:1 R1.2 H1.2 U{0}@1:3-3 "
                        "| 3 R{0}.3 E{0}:1 I1:1 ",
                        best));
}

TEST(Reference, APausedTrialGoesOnOnTheLaneThatItLeft) {
  WorkloadOptions work = plain(1, 1, 4);
  work.stopper = StopperKind::first_come;
  EXPECT_EQ(journal(work), "0 P0@0-2 | 1 R0.1 | 2 R0.2 H0.2 U0@0:3-4 | 3 R0.3 | 4 R0.4 E0:1 I0:1 ");
}

TEST(Reference, TheLastTickCutsWhatRuns) {
  WorkloadOptions work = plain(1, 2, 3);
  work.last_tick = 4;
  EXPECT_EQ(journal(work), "0 P0@0-3 | 1 R0.1 | 2 R0.2 | 3 R0.3 E0:1 P1@0-3 | 4 R1.1 E1:4 ");
}

TEST(Reference, ASpentGridIsExhausted) {
  WorkloadOptions work = plain(2, 9, 1);
  work.proposer = ProposerKind::grid;
  work.networks = 1;
  EXPECT_EQ(journal(work), "0 P0@0-1 I1:2 | 1 R0.1 E0:1 I0:2 ");
}

TEST(Reference, TheTwentyFirstDrawIsAccepted) {
  WorkloadOptions work = plain(1, 2, 1);
  work.proposer = ProposerKind::repeating;
  work.networks = 1;
  const auto records = reference_records(Workload(work), 2);
  EXPECT_EQ(std::get<schedule::Proposed>(records.at(0).event).redraws, 0U);
  EXPECT_EQ(std::get<schedule::Proposed>(records.at(3).event).redraws, 20U);
}

TEST(Cases, ReadBackAsTheyAreWritten) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const std::string text = describe(draw_case(seed));
    EXPECT_EQ(describe(parse_case("# a comment\n\n" + text)), text);
  }
}

TEST(Cases, WhatIsNotNamedComesFromTheSeed) {
  const Case drawn = draw_case(5);
  const Case read = parse_case("seed 5\nranks 77\n");
  EXPECT_EQ(read.disturbers.ranks, 77U);
  EXPECT_EQ(read.workload.seed, drawn.workload.seed);
  EXPECT_EQ(read.workload.trials, drawn.workload.trials);
}

TEST(Cases, RefuseWhatTheyDoNotKnow) {
  EXPECT_THROW(static_cast<void>(parse_case("")), Error);
  EXPECT_THROW(static_cast<void>(parse_case("ranks 3\n")), Error);
  EXPECT_THROW(static_cast<void>(parse_case("seed 1\nrank 3\n")), Error);
  EXPECT_THROW(static_cast<void>(parse_case("seed 1\nranks many\n")), Error);
  EXPECT_THROW(static_cast<void>(parse_case("seed 1\nranks\n")), Error);
}

}  // namespace
}  // namespace rondo::simulation
