// Which samplers, stoppers and objectives are simulated together: every two of them in one row at least.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "tests/simulation/workload.h"

namespace rondo::simulation {

struct Pair {
  ProposerKind sampler;
  StopperKind stopper;
  ObjectiveKind objective;
  std::string_view sampler_name;
  std::string_view stopper_name;
  std::string_view objective_name;
  std::uint64_t schedules = 0;  // of the asked number; gp and portfolio have fewer
};

// Every sampler of production with every stopper, in a row each; the objectives take turns, so that every
// sampler and every stopper meets each of them. `schedules` for each row, at most 50 for those of gp and
// 200 for those of portfolio.
[[nodiscard]] std::vector<Pair> pairs(std::uint64_t schedules);

}  // namespace rondo::simulation
