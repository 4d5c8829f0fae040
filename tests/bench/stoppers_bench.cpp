// Trials a second that the core takes through a search with each stopper, on one core: draws, decisions,
// commits and assignments to 64 workers that cost nothing. A trial has at least one decision.
#include <fmt/format.h>

#include <chrono>

#include "common/architecture/architecture.h"
#include "common/experiment/schema.h"
#include "coordinator/plan/imagined_run.h"
#include "coordinator/search/make_proposer.h"
#include "coordinator/search/make_stopper.h"

namespace {

using namespace rondo;

constexpr ProblemShape shape{.inputs = 10, .outputs = 1, .training_rows = 800};

void measure(const char* name, proto::StopperKind kind, std::uint64_t trials) {
  proto::Experiment experiment;
  experiment.mutable_data()->set_metric(proto::METRIC_ACCURACY);
  experiment.mutable_search()->set_stopper(kind);
  experiment.mutable_training()->set_epochs(27);
  fill_defaults(experiment);
  const auto proposer = search::make_proposer(experiment, shape);
  const auto stopper = search::make_stopper(experiment);
  schedule::Options options;
  options.lanes = 192;
  options.trials = trials;
  options.epochs = Epoch(experiment.training().epochs());
  const auto ticks = [&](const std::string& bytes) {
    return ticks_per_epoch(parse_architecture(bytes), shape, {experiment.search().tick_divisor()});
  };
  const plan::Search search{options, *proposer, *stopper, ticks, true, {}};
  plan::Conditions conditions;
  conditions.workers = 64;
  const auto start = std::chrono::steady_clock::now();
  const plan::Usage usage = plan::imagine(search, conditions);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  fmt::print("{:10} {:>7} trials {:>9.0f} a second ({:.0f} ticks)\n", name, trials,
             static_cast<double>(trials) / seconds.count(), usage.makespan);
}

}  // namespace

int main() {
  for (const std::uint64_t trials : {1'000U, 10'000U, 100'000U}) {
    measure("none", proto::STOPPER_KIND_NONE, trials);
    measure("asha", proto::STOPPER_KIND_ASHA, trials);
    measure("hyperband", proto::STOPPER_KIND_HYPERBAND, trials);
  }
  for (const std::uint64_t trials : {1'000U, 10'000U}) measure("median", proto::STOPPER_KIND_MEDIAN, trials);
}
