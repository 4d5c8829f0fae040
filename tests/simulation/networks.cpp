#include "tests/simulation/networks.h"

#include <algorithm>
#include <bit>
#include <optional>

#include "common/architecture/architecture.h"
#include "common/experiment/schema.h"
#include "coordinator/search/make_proposer.h"
#include "tests/simulation/chance.h"

namespace rondo::simulation {

namespace {

// Draws of one id that a proposer tells apart.
constexpr std::uint64_t attempts = 64;

void set_facts(const WorkloadOptions& options, search::Proposal& proposal) {
  const std::uint64_t facts = hash_bytes(options.seed, proposal.architecture);
  proposal.ticks_per_epoch = Tick(ticks_of(options, proposal.architecture));
  proposal.too_large = mix(facts, 3) % 100 < options.too_large;
}

class FreeProposer final : public search::Proposer {
 public:
  explicit FreeProposer(const WorkloadOptions& options) : options_(options) {}
  [[nodiscard]] bool reads_history() const override { return false; }
  [[nodiscard]] std::optional<search::Proposal> propose(TrialId id, std::uint32_t attempt,
                                                        const search::History&) const override {
    switch (options_.proposer) {
      case ProposerKind::grid:
        if (id.value() + attempt >= options_.networks) return std::nullopt;
        return network(options_, id.value() + attempt);
      case ProposerKind::repeating:
        return network(options_, mix(options_.seed, id.value() * attempts + attempt) % options_.networks);
      default:
        return network(options_, id.value() * attempts + attempt);
    }
  }

 private:
  WorkloadOptions options_;
};

class ReadingProposer final : public search::Proposer {
 public:
  explicit ReadingProposer(const WorkloadOptions& options) : options_(options) {}
  [[nodiscard]] bool reads_history() const override { return true; }
  [[nodiscard]] std::optional<search::Proposal> propose(TrialId id, std::uint32_t attempt,
                                                        const search::History& history) const override {
    const std::uint64_t different =
        options_.proposer == ProposerKind::reading_repeats ? options_.networks : std::uint64_t{1} << 32U;
    const std::uint64_t seen =
        options_.proposer == ProposerKind::reading_ends ? hash_of_newest(history) : hash_of(history);
    return network(options_, mix(seen, id.value() * attempts + attempt) % different);
  }

 private:
  static std::uint64_t hash_of_newest(const search::History& history) {
    if (history.ended().empty()) return 0;
    const search::TrialRecord& newest = history.trial(history.ended().back());
    return mix(mix(history.ended().size(), newest.id.value()),
               std::bit_cast<std::uint64_t>(newest.best_score));
  }

  WorkloadOptions options_;
};

proto::SamplerKind sampler_of(ProposerKind proposer) {
  switch (proposer) {
    case ProposerKind::sobol:
      return proto::SAMPLER_KIND_SOBOL;
    case ProposerKind::gp:
      return proto::SAMPLER_KIND_GP;
    case ProposerKind::cmaes:
      return proto::SAMPLER_KIND_CMAES;
    case ProposerKind::greedy:
      return proto::SAMPLER_KIND_GREEDY;
    case ProposerKind::portfolio:
      return proto::SAMPLER_KIND_PORTFOLIO;
    case ProposerKind::nsga2:
      return proto::SAMPLER_KIND_NSGA2;
    case ProposerKind::random_sampler:
      return proto::SAMPLER_KIND_RANDOM;
    case ProposerKind::grid_sampler:
      return proto::SAMPLER_KIND_GRID;
    case ProposerKind::evolution:
      return proto::SAMPLER_KIND_EVOLUTION;
    default:
      return proto::SAMPLER_KIND_TPE;
  }
}

// A sampler of production; what a network costs, and whether it is too large, is the workload's.
class ProductionProposer final : public search::Proposer {
 public:
  explicit ProductionProposer(const WorkloadOptions& options)
      : options_(options), sampler_(search::make_proposer(experiment(options), {10, 1, 100})) {}
  [[nodiscard]] bool reads_history() const override { return sampler_->reads_history(); }
  [[nodiscard]] std::optional<search::Proposal> propose(TrialId id, std::uint32_t attempt,
                                                        const search::History& history) const override {
    std::optional<search::Proposal> proposal = sampler_->propose(id, attempt, history);
    if (proposal) set_facts(options_, *proposal);
    return proposal;
  }

 private:
  static proto::Experiment experiment(const WorkloadOptions& options) {
    proto::Experiment result;
    proto::SearchSettings& search = *result.mutable_search();
    set_objectives(options, result);
    search.set_sampler(sampler_of(options.proposer));
    search.set_seed(options.seed);
    search.mutable_tpe()->set_startup_trials(options.startup);
    search.mutable_gp()->set_startup_trials(std::max(2U, options.startup));
    search.mutable_gp()->set_candidates(16);
    search.mutable_evolution()->set_population(options.startup + 1);
    search.mutable_nsga2()->set_population(options.startup + 1);
    search.mutable_tpe()->set_multivariate(options.proposer == ProposerKind::tpe_multivariate);
    for (const std::uint32_t layers : {0U, 1U, 2U}) result.mutable_space()->add_dense_layers(layers);
    for (const std::uint32_t units : {4U, 8U, 16U, 32U}) result.mutable_space()->add_units(units);
    result.mutable_space()->add_batch_norm(false);
    result.mutable_space()->add_dropout(0);
    for (const float rate : {0.1F, 0.01F, 0.001F}) result.mutable_space()->add_learning_rate(rate);
    fill_defaults(result);
    return result;
  }

  WorkloadOptions options_;
  std::unique_ptr<search::Proposer> sampler_;
};

}  // namespace

void set_objectives(const WorkloadOptions& options, proto::Experiment& experiment) {
  const bool less = options.objective == ObjectiveKind::minimise;
  experiment.mutable_data()->set_metric(less ? proto::METRIC_LOG_LOSS : proto::METRIC_ACCURACY);
  proto::SearchSettings& search = *experiment.mutable_search();
  search.add_objectives(proto::OBJECTIVE_SCORE);
  if (options.objective != ObjectiveKind::several) return;
  search.add_objectives(proto::OBJECTIVE_PARAMETERS);
  search.add_objectives(proto::OBJECTIVE_TICKS);
}

search::Proposal network(const WorkloadOptions& options, std::uint64_t number) {
  proto::Architecture architecture;
  architecture.add_blocks()->set_units(1 + static_cast<std::uint32_t>(number & 0xffffU));
  architecture.add_blocks()->set_units(1 + static_cast<std::uint32_t>((number >> 16U) & 0xffffU));
  architecture.set_batch_size(32);
  search::Proposal proposal;
  proposal.architecture = canonical_bytes(architecture);
  proposal.digest = content_digest(proposal.architecture);
  proposal.parameters = 1 + number;
  set_facts(options, proposal);
  return proposal;
}

std::uint64_t ticks_of(const WorkloadOptions& options, const std::string& architecture) {
  const std::uint64_t facts = hash_bytes(options.seed, architecture);
  // Every power of two is as likely as another, so that small costs, and ties, are frequent.
  const auto powers = static_cast<std::uint64_t>(std::bit_width(options.most_ticks));
  const std::uint64_t power = std::uint64_t{1} << (facts % powers);
  return std::min(options.most_ticks, power + mix(facts, 2) % power);
}

std::uint64_t hash_of(const search::History& history) {
  std::uint64_t hash = history.size();
  for (const search::TrialRecord& trial : history.trials()) {
    hash = mix(hash, static_cast<std::uint64_t>(trial.state));
    hash = mix(hash, trial.proposal.parameters);
    for (const search::CommittedEpoch& epoch : trial.epochs) {
      hash = mix(hash, epoch.tick.value());
      hash = mix(hash, std::bit_cast<std::uint64_t>(epoch.validation_loss));
      hash = mix(hash, std::bit_cast<std::uint64_t>(epoch.score));
    }
    // What a rung was worth follows from the epochs; an end says more.
    const bool ended = trial.state == search::TrialState::completed ||
                       trial.state == search::TrialState::diverged ||
                       trial.state == search::TrialState::too_large;
    hash = mix(hash, ended ? trial.best_epoch.value() : 0);
    hash = mix(hash, std::bit_cast<std::uint64_t>(ended ? trial.best_score : 0.0));
  }
  for (const TrialId id : history.ended()) hash = mix(hash, id.value());
  return hash;
}

std::unique_ptr<search::Proposer> make_proposer(const WorkloadOptions& options) {
  const bool reads = options.proposer == ProposerKind::reading ||
                     options.proposer == ProposerKind::reading_repeats ||
                     options.proposer == ProposerKind::reading_ends;
  if (reads) return std::make_unique<ReadingProposer>(options);
  if (options.proposer >= ProposerKind::sobol) return std::make_unique<ProductionProposer>(options);
  return std::make_unique<FreeProposer>(options);
}

}  // namespace rondo::simulation
