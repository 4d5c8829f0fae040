// Proposals a second of each sampler on one core, over a history of 1,000 trials of the default space.
#include <fmt/format.h>

#include <chrono>

#include "common/experiment/schema.h"
#include "coordinator/search/make_proposer.h"

namespace {

using namespace rondo;

constexpr ProblemShape shape{.inputs = 10, .outputs = 1, .training_rows = 800};
constexpr std::uint64_t trials = 1000;

struct Measured {
  const char* name;
  proto::SamplerKind sampler;
  bool multivariate = false;
  std::uint64_t proposals = 2000;
};

void measure(const Measured& measured) {
  proto::Experiment experiment;
  experiment.mutable_data()->set_metric(proto::METRIC_ACCURACY);
  experiment.mutable_search()->set_sampler(proto::SAMPLER_KIND_RANDOM);
  fill_defaults(experiment);
  experiment.mutable_search()->mutable_tpe()->set_multivariate(measured.multivariate);
  const auto random = search::make_proposer(experiment, shape);
  search::History history;
  for (std::uint64_t id = 0; id < trials; ++id) {
    history.propose(TrialId(id), *random->propose(TrialId(id), 0, history));
    history.end(TrialId(id), search::TrialState::completed, Epoch(1),
                static_cast<double>(id * 7919 % trials) / static_cast<double>(trials));
  }
  experiment.mutable_search()->set_sampler(measured.sampler);
  const auto proposer = search::make_proposer(experiment, shape);
  std::uint64_t parameters = proposer->propose(TrialId(trials), 0, history)->parameters;
  const auto start = std::chrono::steady_clock::now();
  for (std::uint64_t id = 0; id < measured.proposals; ++id) {
    parameters += proposer->propose(TrialId(trials + id), 0, history)->parameters;
  }
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  fmt::print("{:18} {:>9.1f} a second (parameters {})\n", measured.name,
             static_cast<double>(measured.proposals) / seconds.count(), parameters);
}

}  // namespace

int main() {
  measure({"random", proto::SAMPLER_KIND_RANDOM});
  measure({"evolution", proto::SAMPLER_KIND_EVOLUTION});
  measure({"sobol", proto::SAMPLER_KIND_SOBOL});
  measure({"tpe", proto::SAMPLER_KIND_TPE});
  measure({"tpe, multivariate", proto::SAMPLER_KIND_TPE, true});
  measure({"gp", proto::SAMPLER_KIND_GP, false, 10});
  measure({"cmaes", proto::SAMPLER_KIND_CMAES});
  measure({"greedy", proto::SAMPLER_KIND_GREEDY});
  measure({"portfolio", proto::SAMPLER_KIND_PORTFOLIO, false, 40});
}
