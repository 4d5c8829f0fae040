// Proposals a second of each sampler on one core, over a history of 1,000 trials of the default space.
#include <fmt/format.h>

#include <chrono>

#include "common/experiment/schema.h"
#include "coordinator/search/make_proposer.h"

namespace {

using namespace rondo;

constexpr ProblemShape shape{.inputs = 10, .outputs = 1, .training_rows = 800};
constexpr std::uint64_t trials = 1000;
constexpr std::uint64_t proposals = 2000;

void measure(const char* name, proto::SamplerKind sampler, bool multivariate) {
  proto::Experiment experiment;
  experiment.mutable_data()->set_metric(proto::METRIC_ACCURACY);
  experiment.mutable_search()->set_sampler(proto::SAMPLER_KIND_RANDOM);
  fill_defaults(experiment);
  experiment.mutable_search()->mutable_tpe()->set_multivariate(multivariate);
  const auto random = search::make_proposer(experiment, shape);
  search::History history;
  for (std::uint64_t id = 0; id < trials; ++id) {
    history.propose(TrialId(id), *random->propose(TrialId(id), 0, history));
    history.end(TrialId(id), search::TrialState::completed, Epoch(1),
                static_cast<double>(id * 7919 % trials) / static_cast<double>(trials));
  }
  experiment.mutable_search()->set_sampler(sampler);
  const auto proposer = search::make_proposer(experiment, shape);
  std::uint64_t parameters = proposer->propose(TrialId(trials), 0, history)->parameters;
  const auto start = std::chrono::steady_clock::now();
  for (std::uint64_t id = 0; id < proposals; ++id) {
    parameters += proposer->propose(TrialId(trials + id), 0, history)->parameters;
  }
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  fmt::print("{:18} {:>9.0f} a second (parameters {})\n", name,
             static_cast<double>(proposals) / seconds.count(), parameters);
}

}  // namespace

int main() {
  measure("random", proto::SAMPLER_KIND_RANDOM, false);
  measure("evolution", proto::SAMPLER_KIND_EVOLUTION, false);
  measure("sobol", proto::SAMPLER_KIND_SOBOL, false);
  measure("tpe", proto::SAMPLER_KIND_TPE, false);
  measure("tpe, multivariate", proto::SAMPLER_KIND_TPE, true);
}
