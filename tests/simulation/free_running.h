// The yardsticks of utilisation: the same search without virtual time. A free rank at once gets what a
// decision over everything that has arrived so far says, so its journal is another with every run; but no
// rank ever has a reason to wait.
#pragma once

#include <cstdint>

#include "tests/simulation/case.h"

namespace rondo::simulation {

// What a search used of its ranks, in units of simulated time.
struct Usage {
  std::uint64_t useful = 0;    // what the epochs that the search asked for take on ranks that are not slow
  std::uint64_t trained = 0;   // on all whole epochs
  std::uint64_t makespan = 0;  // from the start to the last result
  std::uint32_t ranks = 1;
  // Of the ranks' time until the last result.
  [[nodiscard]] double utilisation() const {
    return static_cast<double>(useful) / (static_cast<double>(makespan) * ranks);
  }
};

// Ranks, speeds and noise as in the case's disturbers; nothing else is disturbed.
[[nodiscard]] Usage free_running(const Case& simulation);
// The same in batches: every rank is given one segment, and none a second one before all have ended.
[[nodiscard]] Usage in_batches(const Case& simulation);
// The core of production under the same conditions.
[[nodiscard]] Usage virtual_time(const Case& simulation);

}  // namespace rondo::simulation
