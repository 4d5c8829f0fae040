#include "coordinator/runtime/restore.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>

#include "coordinator/store/extension.h"

namespace rondo::runtime {

namespace {

// The cache holds a later epoch, or a checkpoint, which is taken only of a trial that has not ended.
bool went_on(const store::Cache& cache, TrialId trial, Epoch epoch) {
  const auto checkpoint = cache.checkpoints().find(trial);
  if (checkpoint != cache.checkpoints().end() && checkpoint->second >= epoch) return true;
  return std::ranges::any_of(cache.restored(), [trial, epoch](const schedule::KeptResult& kept) {
    return kept.trial == trial && !kept.epochs.empty() && kept.epochs.back().epoch > epoch;
  });
}

}  // namespace

std::vector<schedule::ResultRestored> restored_results(std::span<const schedule::Record> journal,
                                                       const store::Cache& cache) {
  std::vector<schedule::ResultRestored> events;
  for (schedule::KeptResult& result : store::committed_results(journal)) {
    events.push_back({result.trial, std::move(result.epochs), result.end, Epoch{}});
  }
  // A report at the journal's very end is not among them: its trial may have ended with it. The cache knows
  // of some that they went on; without that report it would be of no use to them.
  if (!journal.empty()) {
    const auto* const last = std::get_if<schedule::Reported>(&journal.back().event);
    if (last != nullptr && went_on(cache, last->trial, last->result.epoch))
      events.push_back({last->trial, {last->result}, std::nullopt, Epoch{}});
  }
  for (const schedule::KeptResult& kept : cache.restored()) {
    events.push_back({kept.trial, kept.epochs, kept.end, Epoch{}});
  }
  for (const auto& [trial, epoch] : cache.checkpoints()) events.push_back({trial, {}, std::nullopt, epoch});
  return events;
}

}  // namespace rondo::runtime
