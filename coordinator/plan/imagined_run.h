// A search run on workers that do not exist: the core of production decides, and time is computed from its
// cost model. What is imagined is how long epochs take and what scores they give.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "coordinator/schedule/core.h"
#include "coordinator/search/proposer.h"

namespace rondo::plan {

// What is searched, as the core takes it. References must outlive the run.
struct Search {
  schedule::Options options;
  const search::Proposer& proposer;
  const search::Stopper& stopper;
  // The cost of an epoch, from a network's canonical bytes.
  std::function<Tick(const std::string& architecture)> ticks_per_epoch;
  // Losses fall towards a number of the trial; its score is that loss, or 1 minus it.
  bool higher_is_better = true;
  // Epochs after which trials end by themselves, drawn from at random; empty: none does before its last.
  std::vector<Epoch> ends;
};

// What differs from the cost model.
struct Conditions {
  std::uint32_t workers = 1;  // at least 1
  double cost_error = 0;      // a trial's epochs take 1 - error to 1 + error of their ticks; below 1
  double slow_share = 0;      // of the assignments: these take `slowness` times as long
  double slowness = 5;        // at least 1
  std::uint64_t seed = 0;     // of the draws
};

// Times are in ticks of a worker. Shares are of all workers' time until the last result.
struct Usage {
  double makespan = 0;
  double useful = 0;     // share spent on epochs that the search asked for
  double discarded = 0;  // share spent on training ahead that no decision asked for, or begun twice
  [[nodiscard]] double waiting() const { return std::max(0.0, 1 - useful - discarded); }
};

// Throws what the search's proposer and the core throw. The same arguments give the same usage.
[[nodiscard]] Usage imagine(const Search& search, const Conditions& conditions);

}  // namespace rondo::plan
