// Experiments, histories and views of networks for the tests of samplers.
#pragma once

#include <cstdint>
#include <string>

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

// Proposes the next id and ends it.
TrialId add(History& history, Proposal proposal, TrialState state, double score);

// Commits a running trial's epochs up to `epoch`, of falling losses and with this score, and pauses it.
void pause_at(History& history, TrialId id, std::uint32_t epoch, double score);

}  // namespace rondo::search::testing
