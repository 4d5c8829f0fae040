#include "coordinator/plan/lanes.h"

#include <algorithm>
#include <array>

namespace rondo::plan {

namespace {
constexpr std::array<std::uint32_t, 6> lanes_per_worker{1, 2, 3, 4, 6, 8};
constexpr double good_enough = 1.02;
}  // namespace

LanesAdvice advise_lanes(const Search& search, const Conditions& conditions) {
  std::vector<LanesAdvice> tried;
  for (const std::uint32_t each : lanes_per_worker) {
    Search candidate = search;
    candidate.options.lanes = each * conditions.workers;
    tried.push_back({candidate.options.lanes, imagine(candidate, conditions)});
    // More lanes than trials change nothing.
    if (candidate.options.lanes >= search.options.trials) break;
  }
  const auto shorter = [](const LanesAdvice& a, const LanesAdvice& b) {
    return a.usage.makespan < b.usage.makespan;
  };
  const double shortest = std::min_element(tried.begin(), tried.end(), shorter)->usage.makespan;
  return *std::find_if(tried.begin(), tried.end(), [shortest](const LanesAdvice& advice) {
    return advice.usage.makespan <= good_enough * shortest;
  });
}

}  // namespace rondo::plan
