#include "coordinator/cli/derive.h"

#include <fmt/format.h>

#include <map>
#include <utility>
#include <variant>
#include <vector>

#include "coordinator/search/make_proposer.h"
#include "coordinator/search/make_stopper.h"
#include "coordinator/store/journal.h"
#include "coordinator/store/record_codec.h"
#include "coordinator/store/run_folder.h"

namespace rondo::cli {

namespace {

// The journal's results, trial by trial, as if a cache had kept them.
std::map<TrialId, schedule::ResultRestored> results_of(const std::vector<schedule::Record>& records) {
  std::map<TrialId, schedule::ResultRestored> results;
  for (const schedule::Record& record : records) {
    if (const auto* const reported = std::get_if<schedule::Reported>(&record.event)) {
      schedule::ResultRestored& result = results[reported->trial];
      result.trial = reported->trial;
      result.epochs.push_back(reported->result);
    } else if (const auto* const ended = std::get_if<schedule::Ended>(&record.event)) {
      const auto found = results.find(ended->trial);
      // A trial that was too large, or cut, has no result of its own.
      if (found != results.end() && ended->end.outcome != schedule::Outcome::cut)
        found->second.end = ended->end;
    }
  }
  return results;
}

// The budget shows in the journal once it refused a decision; before that nothing depends on it, but no more
// trials than there are records can be compared.
std::uint64_t budget_of(const std::vector<schedule::Record>& records) {
  std::uint64_t proposed = 0;
  bool refused = false;
  for (const schedule::Record& record : records) {
    if (std::holds_alternative<schedule::Proposed>(record.event)) ++proposed;
    const auto* const idled = std::get_if<schedule::Idled>(&record.event);
    refused = refused || (idled != nullptr && idled->reason == schedule::IdleReason::budget);
  }
  return refused ? proposed : records.size() + 1;
}

// So does a budget in ticks: what was cut was cut at its last tick.
std::optional<Tick> last_tick_of(const std::vector<schedule::Record>& records) {
  for (const schedule::Record& record : records) {
    const auto* const ended = std::get_if<schedule::Ended>(&record.event);
    if (ended != nullptr && ended->end.outcome == schedule::Outcome::cut) return record.tick;
  }
  return std::nullopt;
}

}  // namespace

schedule::Options core_options(const proto::Experiment& resolved) {
  schedule::Options options;
  options.lanes = resolved.search().lanes();
  options.trials = resolved.budget().trials();
  if (resolved.budget().ticks() != 0) options.last_tick = Tick(resolved.budget().ticks());
  options.epochs = Epoch(resolved.training().epochs());
  options.min_delta = resolved.training().min_delta();
  options.max_infrastructure_failures = resolved.execution().max_infrastructure_failures();
  options.second_copies = resolved.execution().second_copies();
  return options;
}

std::optional<DerivedDifference> derive_again(store::FileSystem& files, const std::string& run_folder,
                                              const proto::Experiment& resolved, const ProblemShape& shape) {
  const store::JournalContents journal = store::read_journal(files, store::RunPaths{run_folder}.journal());
  schedule::Options options = core_options(resolved);
  options.trials = budget_of(journal.records);
  options.last_tick = last_tick_of(journal.records);
  options.trials_ahead = 0;
  const auto proposer = search::make_proposer(resolved, shape);
  const auto stopper = search::make_stopper(resolved);
  schedule::Core core(options, *proposer, *stopper);

  std::uint64_t compared = 0;
  std::optional<DerivedDifference> difference;
  const auto compare = [&](const schedule::Ready& ready) {
    for (const schedule::Record& record : ready.records) {
      if (difference || compared == journal.records.size()) return;
      const schedule::Record& expected = journal.records[compared++];
      if (store::encode(record) != store::encode(expected)) {
        difference = {compared, fmt::format("record {}: the journal says \"{}\", the search decides \"{}\"",
                                            compared, store::describe(expected), store::describe(record))};
      }
    }
  };
  compare(core.start());
  for (auto& [trial, result] : results_of(journal.records)) compare(core.step(std::move(result)));
  if (!difference && compared < journal.records.size()) {
    difference = {compared + 1, fmt::format("record {}: the journal goes on with \"{}\", the search does not",
                                            compared + 1, store::describe(journal.records[compared]))};
  }
  return difference;
}

}  // namespace rondo::cli
