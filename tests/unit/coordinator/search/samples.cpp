#include "tests/unit/coordinator/search/samples.h"

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

void pause_at(History& history, TrialId id, std::uint32_t epoch, double score) {
  for (auto next = static_cast<std::uint32_t>(history.trial(id).epochs.size()) + 1; next <= epoch; ++next) {
    history.commit_epoch(
        id, {.epoch = Epoch(next), .tick = Tick(next), .validation_loss = 1.0 / next, .score = score});
  }
  history.pause(id);
}

}  // namespace rondo::search::testing
