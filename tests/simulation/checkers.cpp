#include "tests/simulation/checkers.h"

#include <fmt/format.h>

#include <algorithm>
#include <variant>

#include "coordinator/store/record_codec.h"

namespace rondo::simulation {

namespace {

template <class... Args>
void require(bool condition, Verdict verdict, fmt::format_string<Args...> format, Args&&... args) {
  if (!condition) throw Violation{verdict, fmt::format(format, std::forward<Args>(args)...)};
}

}  // namespace

std::string name_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::fine:
      return "fine";
    case Verdict::usage:
      return "usage";
    case Verdict::crash:
      return "crash";
    case Verdict::no_progress:
      return "no_progress";
    case Verdict::divergence:
      return "divergence";
    case Verdict::idle_rank:
      return "idle_rank";
    case Verdict::bad_command:
      return "bad_command";
  }
  return "unknown";
}

// --- safety

void JournalChecker::records(const std::vector<schedule::Record>& records) {
  for (const schedule::Record& record : records) {
    require(committed_ < reference_.bytes.size(), Verdict::divergence,
            "record {} goes on behind the reference's end: {}", committed_, store::describe(record));
    require(store::encode(record) == reference_.bytes[committed_], Verdict::divergence,
            "record {} is '{}', and '{}' in the reference", committed_, store::describe(record),
            store::describe(reference_.records[committed_]));
    ++committed_;
  }
}

// --- liveness

// Between two records at most every epoch that anything may train is trained, with some repetitions.
ProgressChecker::ProgressChecker(const Case& simulation) {
  const WorkloadOptions& work = simulation.workload;
  const Disturbers& bad = simulation.disturbers;
  const std::uint64_t trials = work.lanes + work.trials + work.trials_ahead + bad.ranks + bad.late_ranks;
  limit_ = 200 + 10 * trials * work.epochs;
}

void ProgressChecker::step(bool any_record) {
  since_ = any_record ? 0 : since_ + 1;
  require(since_ <= limit_, Verdict::no_progress, "no record in {} events", since_);
}

// --- ranks and commands

Account::Account(const WorkloadOptions& options, const Reference& reference)
    : epochs_(options.epochs), second_copies_(options.second_copies), reference_(reference) {}

bool Account::event(const schedule::Event& event) {
  if (const auto* const joined = std::get_if<schedule::RankJoined>(&event)) {
    ranks_[joined->rank] = {};
  } else if (const auto* const lost = std::get_if<schedule::RankLost>(&event)) {
    Rank& rank = ranks_.at(lost->rank);
    rank.lost = true;
    if (rank.assignment) failed(*rank.assignment);
    rank.assignment.reset();
  } else if (const auto* const failure = std::get_if<schedule::AttemptFailed>(&event)) {
    Rank& rank = ranks_.at(failure->rank);
    if (!rank.assignment || rank.assignment->assignment != failure->assignment) return false;
    failed(*rank.assignment);
    rank.assignment.reset();
  } else if (const auto* const arrived = std::get_if<schedule::ResultArrived>(&event)) {
    Rank& rank = ranks_.at(arrived->rank);
    const bool current = rank.assignment && rank.assignment->assignment == arrived->assignment;
    if (current && arrived->segment_done) rank.assignment.reset();
    return results(arrived->trial, arrived->epochs, arrived->end.has_value());
  } else if (const auto* const restored = std::get_if<schedule::ResultRestored>(&event)) {
    return results(restored->trial, restored->epochs, restored->end.has_value());
  } else if (std::holds_alternative<schedule::PauseRequested>(event)) {
    paused_ = true;
  }
  return false;
}

bool Account::results(TrialId id, const std::vector<schedule::EpochResult>& epochs, bool end) {
  Trial& trial = trials_[id];
  bool differs = false;
  for (const schedule::EpochResult& result : epochs) {
    const auto [place, added] = trial.epochs.emplace(result.epoch.value(), result);
    if (!added && !(place->second == result)) differs = true;
  }
  while (trial.epochs.contains(trial.known + 1)) ++trial.known;
  if (end) trial.end_known = true;
  return differs;
}

void Account::failed(const schedule::AssignCommand& assignment) {
  Trial& trial = trials_[assignment.trial];
  ++trial.failures;
  failures_of_worst_ = std::max(failures_of_worst_, trial.failures);
}

void Account::records(const std::vector<schedule::Record>& records) {
  for (const schedule::Record& record : records) {
    if (const auto* const proposed = std::get_if<schedule::Proposed>(&record.event)) {
      trials_[proposed->trial].live = !proposed->proposal.too_large;
      trials_[proposed->trial].last = proposed->last_epoch.value();
    } else if (const auto* const promoted = std::get_if<schedule::Promoted>(&record.event)) {
      trials_[promoted->trial].live = true;
      trials_[promoted->trial].last = promoted->last_epoch.value();
    } else if (const auto* const paused = std::get_if<schedule::Paused>(&record.event)) {
      trials_[paused->trial].live = false;
    } else if (const auto* const ended = std::get_if<schedule::Ended>(&record.event)) {
      trials_[ended->trial].live = false;
    }
  }
}

void Account::command(const schedule::AssignCommand& command) {
  const auto check = [&command](bool condition, const char* what) {
    require(condition, Verdict::bad_command, "assignment {} of trial {}, epochs {} to {}, to rank {}: {}",
            command.assignment.value(), command.trial.value(), command.first_epoch.value(),
            command.last_epoch.value(), command.rank.value(), what);
  };
  check(!paused_, "the search is paused or over");
  check(used_.insert(command.assignment).second, "its number was used before");
  check(present(command.rank), "the rank is not there");
  check(!ranks_[command.rank].assignment, "the rank has work");
  check(ranks_on(command.trial) == 0 || second_copies_, "another rank trains it");
  check(ranks_on(command.trial) < 2, "two ranks train it");
  const Trial& trial = trials_[command.trial];
  check(!trial.released, "the trial was released");
  check(!trial.end_known || command.first_epoch.value() <= trial.epochs.rbegin()->first,
        "the trial's end is known");
  check(command.first_epoch.value() >= 1, "epochs count from 1");
  check(command.first_epoch.value() <= trial.known + 1, "an epoch before it is missing");
  check(command.first_epoch <= command.last_epoch, "there is no epoch in it");
  check(command.last_epoch.value() <= epochs_, "it goes beyond the last epoch");
  check(command.checkpoint < command.first_epoch, "the checkpoint is behind the first epoch");
  if (command.trial.value() < reference_.architectures.size()) {
    check(command.architecture == reference_.architectures[command.trial.value()],
          "the network is not the trial's");
  }
  ranks_[command.rank].assignment = command;
}

void Account::command(const schedule::AbandonCommand& command) {
  const auto rank = ranks_.find(command.rank);
  const bool current = rank != ranks_.end() && rank->second.assignment &&
                       rank->second.assignment->assignment == command.assignment;
  require(current, Verdict::bad_command, "assignment {} is taken from rank {}, which does not have it",
          command.assignment.value(), command.rank.value());
  rank->second.assignment.reset();
}

void Account::release(TrialId trial) {
  require(!trials_[trial].live, Verdict::bad_command, "trial {} runs and is released", trial.value());
  trials_[trial].released = true;
}

void Account::no_rank_waits() const {
  if (paused_) return;
  const auto idle = std::find_if(ranks_.begin(), ranks_.end(),
                                 [](const auto& one) { return !one.second.lost && !one.second.assignment; });
  if (idle == ranks_.end()) return;
  for (const auto& [id, trial] : trials_) {
    const bool untrained = trial.live && trial.known < trial.last && !trial.end_known;
    require(!untrained || ranks_on(id) > 0, Verdict::idle_rank,
            "rank {} waits, and nobody trains trial {}, which is known to epoch {} of {}",
            idle->first.value(), id.value(), trial.known, trial.last);
  }
}

bool Account::present(RankId rank) const {
  const auto found = ranks_.find(rank);
  return found != ranks_.end() && !found->second.lost;
}

bool Account::knows(TrialId trial, Epoch epoch) const {
  const auto found = trials_.find(trial);
  return found != trials_.end() && found->second.epochs.contains(epoch.value());
}

std::ptrdiff_t Account::ranks_on(TrialId trial) const {
  return std::count_if(ranks_.begin(), ranks_.end(), [trial](const auto& one) {
    return one.second.assignment && one.second.assignment->trial == trial;
  });
}

}  // namespace rondo::simulation
