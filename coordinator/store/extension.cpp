#include "coordinator/store/extension.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>
#include <utility>
#include <variant>

#include "common/base/error.h"
#include "coordinator/store/journal.h"
#include "coordinator/store/status_file.h"

namespace rondo::store {

void check_extension(FileSystem& files, const std::string& run, const RunRequest& request) {
  const RunPaths paths{run};
  if (files.kind(paths.journal()) != PathKind::file) {
    throw_bad_input("there is no run in '{}' (it has no journal.rondo)", run);
  }
  const JournalContents journal = read_journal(files, paths.journal());
  const std::vector<std::string> differences = differing_headers(paths, journal.header, header_of(request));
  if (!differences.empty()) {
    throw_bad_input("the results of '{}' are those of another experiment ({})", run,
                    fmt::join(differences, "; "));
  }
  const std::uint64_t trials = request.experiment.budget().trials();
  const std::optional<StatusFile> status = read_status_file(files, paths.status());
  if (status && trials <= status->budget.trials) {
    throw_bad_input("'{}' has a budget of {} trials already: extend it to more than that, not to {}", run,
                    status->budget.trials, trials);
  }
}

std::vector<schedule::KeptResult> committed_results(std::span<const schedule::Record> records) {
  std::map<TrialId, schedule::KeptResult> committed;
  for (const schedule::Record& record : records) {
    if (const auto* const reported = std::get_if<schedule::Reported>(&record.event)) {
      committed[reported->trial].epochs.push_back(reported->result);
    } else if (const auto* const ended = std::get_if<schedule::Ended>(&record.event)) {
      // The end of a trial that was too large or cut is a decision, not a result.
      const auto found = committed.find(ended->trial);
      if (found != committed.end() && ended->end.outcome != schedule::Outcome::cut)
        found->second.end = ended->end;
    }
  }
  // A report at the journal's very end: whether its trial ended with it stood in the next record, if
  // anywhere.
  if (!records.empty()) {
    if (const auto* const last = std::get_if<schedule::Reported>(&records.back().event)) {
      committed[last->trial].epochs.pop_back();
    }
  }
  std::vector<schedule::KeptResult> results;
  for (auto& [trial, result] : committed) {
    if (result.epochs.empty()) continue;
    result.trial = trial;
    results.push_back(std::move(result));
  }
  return results;
}

}  // namespace rondo::store
