// Experiments, histories and views of networks for the tests of samplers.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/architecture/architecture.h"
#include "coordinator/search/history.h"
#include "coordinator/search/make_proposer.h"
#include "coordinator/search/space.h"
#include "rondo/experiment.pb.h"

namespace rondo::search::testing {

inline constexpr ProblemShape small_shape{.inputs = 10, .outputs = 1, .training_rows = 800};

// Every default, a binary target, accuracy.
[[nodiscard]] proto::Experiment default_experiment(proto::SamplerKind sampler, std::uint64_t seed = 0);

// One choice everywhere: [2] layers of [8] units, relu, no batch norm, no dropout, adam 0.01, batches of 32.
[[nodiscard]] proto::SearchSpace single_point();

// An image of 4 x 6 places of 2 channels.
inline constexpr ProblemShape image_shape{
    .inputs = 48, .outputs = 3, .training_rows = 800, .image = {4, 6, 2}};

// The proposal of a trial without history, described in a line.
[[nodiscard]] std::string described(const Proposer& proposer, std::uint64_t id, std::uint32_t attempt = 0,
                                    const History& history = {});

[[nodiscard]] Genome genome_of(const Space& space, const Proposal& proposal);

// What another sampler proposes over the same space.
[[nodiscard]] std::unique_ptr<Proposer> sampler_beside(
    proto::Experiment experiment, proto::SamplerKind sampler = proto::SAMPLER_KIND_RANDOM);

// `count` different networks of the space, by the random sampler.
[[nodiscard]] std::vector<Proposal> random_networks(const proto::Experiment& experiment, std::uint64_t count);

// The networks of trials 100, 101, …, a line each.
[[nodiscard]] std::string next_networks(const Proposer& proposer, const History& history,
                                        std::uint64_t count = 30);

// Proposes the next id and ends it.
TrialId add(History& history, Proposal proposal, TrialState state, double score);

// In [0, 1), of no order.
[[nodiscard]] double some_score(std::uint64_t id);
// Random networks that completed with these scores.
[[nodiscard]] History scored_history(const proto::Experiment& experiment, std::uint64_t count);

// The best of `trials` trials by `worth`, whose scores are in the metric's direction.
[[nodiscard]] double best_found(const proto::Experiment& experiment, std::uint64_t trials,
                                const std::function<double(const Space&, const Proposal&)>& worth);

// Commits a running trial's epochs up to `epoch`, of falling losses and with this score, and pauses it.
void pause_at(History& history, TrialId id, std::uint32_t epoch, double score);

}  // namespace rondo::search::testing
