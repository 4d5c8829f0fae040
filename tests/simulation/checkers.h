// What must hold, checked from outside: the checkers see the events that go into the core and what comes out,
// and keep their own account of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "coordinator/schedule/core.h"
#include "tests/simulation/case.h"
#include "tests/simulation/reference.h"
#include "tests/simulation/verdict.h"

namespace rondo::simulation {

// Safety: what the core commits is the reference's journal, record by record, so a prefix of it at every
// moment.
class JournalChecker {
 public:
  explicit JournalChecker(const Reference& reference) : reference_(reference) {}
  void records(const std::vector<schedule::Record>& records);
  [[nodiscard]] std::uint64_t committed() const { return committed_; }
  [[nodiscard]] bool complete() const { return committed_ == reference_.bytes.size(); }

 private:
  const Reference& reference_;
  std::uint64_t committed_ = 0;
};

// Liveness: a bounded number of events between two records.
class ProgressChecker {
 public:
  explicit ProgressChecker(const Case& simulation);
  void step(bool any_record);

 private:
  std::uint64_t limit_;
  std::uint64_t since_ = 0;
};

// What the core was told: ranks, their assignments, and results. From it, whether its commands can be carried
// out, whether a rank waits although there is work that the search needs for certain, and which faults are
// due.
class Account {
 public:
  Account(const WorkloadOptions& options, const Reference& reference);

  // Before the core's step. True: the event holds an epoch that differs from one that the core was told
  // before.
  [[nodiscard]] bool event(const schedule::Event& event);
  // After it.
  void records(const std::vector<schedule::Record>& records);
  void command(const schedule::AssignCommand& command);
  void command(const schedule::AbandonCommand& command);
  void release(TrialId trial);
  void no_rank_waits() const;
  // The search is finished: nothing may be assigned any more.
  void over() { paused_ = true; }

  [[nodiscard]] bool present(RankId rank) const;
  [[nodiscard]] std::uint32_t failures_of_worst() const { return failures_of_worst_; }
  // Whether the core was told this epoch already.
  [[nodiscard]] bool knows(TrialId trial, Epoch epoch) const;

 private:
  struct Rank {
    bool lost = false;
    std::optional<schedule::AssignCommand> assignment;
  };
  struct Trial {
    std::map<std::uint32_t, schedule::EpochResult> epochs;
    std::uint32_t known = 0;  // 1 … known are in `epochs`
    bool end_known = false;
    bool live = false;
    std::uint32_t last = 0;  // of the live segment
    bool released = false;
    std::uint32_t failures = 0;
  };

  bool results(TrialId trial, const std::vector<schedule::EpochResult>& epochs, bool end);
  void failed(const schedule::AssignCommand& assignment);
  [[nodiscard]] std::ptrdiff_t ranks_on(TrialId trial) const;

  std::uint32_t epochs_;
  bool second_copies_;
  const Reference& reference_;
  std::map<RankId, Rank> ranks_;
  std::map<TrialId, Trial> trials_;
  std::set<schedule::AssignmentId> used_;
  std::uint32_t failures_of_worst_ = 0;
  bool paused_ = false;
};

}  // namespace rondo::simulation
