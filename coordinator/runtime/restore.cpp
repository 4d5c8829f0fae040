#include "coordinator/runtime/restore.h"

#include <map>
#include <utility>
#include <variant>

namespace rondo::runtime {

std::vector<schedule::ResultRestored> restored_results(std::span<const schedule::Record> journal,
                                                       const store::Cache& cache) {
  std::map<TrialId, schedule::ResultRestored> committed;
  for (const schedule::Record& record : journal) {
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
  if (!journal.empty()) {
    if (const auto* const last = std::get_if<schedule::Reported>(&journal.back().event)) {
      committed[last->trial].epochs.pop_back();
    }
  }
  std::vector<schedule::ResultRestored> events;
  for (auto& [trial, result] : committed) {
    if (result.epochs.empty()) continue;
    result.trial = trial;
    events.push_back(std::move(result));
  }
  for (const schedule::KeptResult& kept : cache.restored()) {
    events.push_back({kept.trial, kept.epochs, kept.end, Epoch{}});
  }
  for (const auto& [trial, epoch] : cache.checkpoints()) events.push_back({trial, {}, std::nullopt, epoch});
  return events;
}

}  // namespace rondo::runtime
