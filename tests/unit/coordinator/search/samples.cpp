#include "tests/unit/coordinator/search/samples.h"

#include <algorithm>
#include <utility>

#include "common/experiment/schema.h"

namespace rondo::search::testing {

proto::Experiment default_experiment(proto::SamplerKind sampler, std::uint64_t seed) {
  proto::Experiment experiment;
  experiment.mutable_data()->set_metric(proto::METRIC_ACCURACY);
  experiment.mutable_search()->set_sampler(sampler);
  experiment.mutable_search()->set_seed(seed);
  fill_defaults(experiment);
  return experiment;
}

proto::SearchSpace single_point() {
  proto::SearchSpace space;
  space.add_convolution_layers(0);
  space.add_filters(4);
  space.add_kernel_size(3);
  space.add_separable(false);
  space.add_pool(2);
  space.add_global_average(false);
  space.add_dense_layers(2);
  space.add_units(8);
  space.add_activation(proto::ACTIVATION_RELU);
  space.add_batch_norm(false);
  space.add_layer_norm(false);
  space.add_dropout(0);
  space.add_optimizer(proto::OPTIMIZER_KIND_ADAM);
  space.add_learning_rate(0.01F);
  space.add_weight_decay(0.1F);
  space.add_momentum(0.5F);
  space.add_batch_size(32);
  space.add_initialization(proto::INITIALIZATION_GLOROT_UNIFORM);
  return space;
}

std::string described(const Proposer& proposer, std::uint64_t id, std::uint32_t attempt,
                      const History& history) {
  const std::optional<Proposal> proposal = proposer.propose(TrialId(id), attempt, history);
  return proposal ? describe(parse_architecture(proposal->architecture)) : "nothing";
}

Genome genome_of(const Space& space, const Proposal& proposal) {
  return space.genome_of(parse_architecture(proposal.architecture));
}

TrialId add(History& history, Proposal proposal, TrialState state, double score) {
  const TrialId id(history.size());
  history.propose(id, std::move(proposal));
  if (state == TrialState::completed) {
    history.commit_epoch(id, {.epoch = Epoch(1), .tick = Tick(1), .validation_loss = 1, .score = score});
  }
  if (state != TrialState::running) history.end(id, state, Epoch(1), score);
  return id;
}

std::unique_ptr<Proposer> sampler_beside(proto::Experiment experiment, proto::SamplerKind sampler) {
  experiment.mutable_search()->set_sampler(sampler);
  return make_proposer(experiment, small_shape);
}

std::vector<Proposal> random_networks(const proto::Experiment& experiment, std::uint64_t count) {
  const auto proposer = sampler_beside(experiment);
  std::vector<Proposal> networks;
  for (std::uint64_t id = 0; id < count; ++id) networks.push_back(*proposer->propose(TrialId(id), 0, {}));
  return networks;
}

std::string next_networks(const Proposer& proposer, const History& history, std::uint64_t count) {
  std::string lines;
  for (std::uint64_t id = 100; id < 100 + count; ++id) lines += described(proposer, id, 0, history) + '\n';
  return lines;
}

double some_score(std::uint64_t id) {
  return static_cast<double>(id * 37 % 101) / 101;
}

History scored_history(const proto::Experiment& experiment, std::uint64_t count) {
  History history;
  for (const Proposal& network : random_networks(experiment, count)) {
    const double score = some_score(history.size());
    add(history, network, TrialState::completed, score);
  }
  return history;
}

double best_found(const proto::Experiment& experiment, std::uint64_t trials,
                  const std::function<double(const Space&, const Proposal&)>& worth) {
  const double sign = experiment.data().metric() == proto::METRIC_ACCURACY ? 1 : -1;
  const Space space(experiment.space());
  const auto proposer = make_proposer(experiment, small_shape);
  History history;
  double best = -1000;
  for (std::uint64_t id = 0; id < trials; ++id) {
    const Proposal proposal = *proposer->propose(TrialId(id), 0, history);
    best = std::max(best, worth(space, proposal));
    add(history, proposal, TrialState::completed, sign * worth(space, proposal));
  }
  return best;
}

void pause_at(History& history, TrialId id, std::uint32_t epoch, double score) {
  for (auto next = static_cast<std::uint32_t>(history.trial(id).epochs.size()) + 1; next <= epoch; ++next) {
    history.commit_epoch(
        id, {.epoch = Epoch(next), .tick = Tick(next), .validation_loss = 1.0 / next, .score = score});
  }
  history.pause(id);
}

}  // namespace rondo::search::testing
