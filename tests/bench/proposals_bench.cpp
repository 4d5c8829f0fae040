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
  bool several = false;  // all objectives, and a trial that ends before each proposal
};

void measure(const Measured& measured) {
  proto::Experiment experiment;
  experiment.mutable_data()->set_metric(proto::METRIC_ACCURACY);
  experiment.mutable_search()->set_sampler(proto::SAMPLER_KIND_RANDOM);
  fill_defaults(experiment);
  experiment.mutable_search()->mutable_tpe()->set_multivariate(measured.multivariate);
  const auto random = search::make_proposer(experiment, shape);
  search::History history;
  const auto add = [&] {
    const TrialId id(history.size());
    const double score = static_cast<double>(id.value() * 7919 % trials) / static_cast<double>(trials);
    history.propose(id, *random->propose(id, 0, history));
    history.commit_epoch(id, {.epoch = Epoch(1), .tick = Tick(1), .validation_loss = 1, .score = score});
    history.end(id, search::TrialState::completed, Epoch(1), score);
  };
  while (history.size() < trials) add();
  if (measured.several) {
    for (const proto::Objective objective :
         {proto::OBJECTIVE_PARAMETERS, proto::OBJECTIVE_MULTIPLY_ADDS, proto::OBJECTIVE_TICKS}) {
      experiment.mutable_search()->add_objectives(objective);
    }
  }
  experiment.mutable_search()->set_sampler(measured.sampler);
  const auto proposer = search::make_proposer(experiment, shape);
  std::uint64_t parameters = proposer->propose(TrialId(trials), 0, history)->parameters;
  const auto start = std::chrono::steady_clock::now();
  for (std::uint64_t id = 0; id < measured.proposals; ++id) {
    if (measured.several) add();
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
  measure({"nsga2", proto::SAMPLER_KIND_NSGA2, false, 200, true});
  measure({"portfolio", proto::SAMPLER_KIND_PORTFOLIO, false, 40});
}
