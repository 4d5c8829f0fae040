// How many lanes keep a number of workers busy.
#pragma once

#include "coordinator/plan/imagined_run.h"

namespace rondo::plan {

struct LanesAdvice {
  std::uint32_t lanes = 1;
  Usage usage;  // with these lanes, under the conditions asked about
};

// Of 1, 2, 3, 4, 6 and 8 lanes a worker, the fewest whose makespan is within 2 % of the shortest: fewer lanes
// mean that a sampler has read more when it decides. `search.options.lanes` does not matter.
[[nodiscard]] LanesAdvice advise_lanes(const Search& search, const Conditions& conditions);

}  // namespace rondo::plan
