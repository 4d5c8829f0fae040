#include "coordinator/runtime/restore.h"

#include <utility>

#include "coordinator/store/extension.h"

namespace rondo::runtime {

std::vector<schedule::ResultRestored> restored_results(std::span<const schedule::Record> journal,
                                                       const store::Cache& cache) {
  std::vector<schedule::ResultRestored> events;
  for (schedule::KeptResult& result : store::committed_results(journal)) {
    events.push_back({result.trial, std::move(result.epochs), result.end, Epoch{}});
  }
  for (const schedule::KeptResult& kept : cache.restored()) {
    events.push_back({kept.trial, kept.epochs, kept.end, Epoch{}});
  }
  for (const auto& [trial, epoch] : cache.checkpoints()) events.push_back({trial, {}, std::nullopt, epoch});
  return events;
}

}  // namespace rondo::runtime
