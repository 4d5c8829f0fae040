#include "tests/simulation/pairs.h"

#include <algorithm>
#include <utility>

namespace rondo::simulation {

namespace {

// Their proposals cost the cube of the trials.
constexpr std::uint64_t most_of_gp = 50;
constexpr std::uint64_t most_of_portfolio = 200;

std::uint64_t most_of(ProposerKind sampler, std::uint64_t schedules) {
  if (sampler == ProposerKind::gp) return std::min(schedules, most_of_gp);
  return sampler == ProposerKind::portfolio ? std::min(schedules, most_of_portfolio) : schedules;
}

constexpr std::pair<ProposerKind, std::string_view> paired_samplers[] = {
    {ProposerKind::random_sampler, "random"},
    {ProposerKind::grid_sampler, "grid"},
    {ProposerKind::sobol, "sobol"},
    {ProposerKind::tpe, "tpe"},
    {ProposerKind::tpe_multivariate, "tpe multivariate"},
    {ProposerKind::evolution, "evolution"},
    {ProposerKind::gp, "gp"},
    {ProposerKind::cmaes, "cmaes"},
    {ProposerKind::greedy, "greedy"},
    {ProposerKind::portfolio, "portfolio"},
    {ProposerKind::nsga2, "nsga2"},
};
constexpr std::pair<StopperKind, std::string_view> paired_stoppers[] = {
    {StopperKind::none, "none"},           {StopperKind::median, "median"},     {StopperKind::asha, "asha"},
    {StopperKind::hyperband, "hyperband"}, {StopperKind::patience, "patience"},
};
constexpr std::pair<ObjectiveKind, std::string_view> paired_objectives[] = {
    {ObjectiveKind::minimise, "minimise"},
    {ObjectiveKind::maximise, "maximise"},
    {ObjectiveKind::several, "several"},
};

}  // namespace

std::vector<Pair> pairs(std::uint64_t schedules) {
  std::vector<Pair> result;
  std::size_t row = 0;
  for (const auto& [sampler, sampler_name] : paired_samplers) {
    std::size_t turn = row++;
    for (const auto& [stopper, stopper_name] : paired_stoppers) {
      const auto& [objective, objective_name] = paired_objectives[turn++ % std::size(paired_objectives)];
      result.push_back({sampler, stopper, objective, sampler_name, stopper_name, objective_name,
                        most_of(sampler, schedules)});
    }
  }
  return result;
}

}  // namespace rondo::simulation
