// What a run's folder knows already, as events for the core.
#pragma once

#include <span>
#include <vector>

#include "coordinator/schedule/core.h"
#include "coordinator/store/cache.h"

namespace rondo::runtime {

// Results of the journal, trial by trial, then those of the cache, then the checkpoints.
[[nodiscard]] std::vector<schedule::ResultRestored> restored_results(
    std::span<const schedule::Record> journal, const store::Cache& cache);

}  // namespace rondo::runtime
