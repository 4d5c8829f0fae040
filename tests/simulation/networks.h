// Proposals and proposers of the simulated searches.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "coordinator/search/proposer.h"
#include "rondo/experiment.pb.h"
#include "tests/simulation/workload.h"

namespace rondo::simulation {

// Network number `number`: another architecture for every number below 2^32, its cost a hash of it.
[[nodiscard]] search::Proposal network(const WorkloadOptions& options, std::uint64_t number);

// What an epoch of a network costs, from its canonical bytes.
[[nodiscard]] std::uint64_t ticks_of(const WorkloadOptions& options, const std::string& architecture);

// The metric and the objectives.
void set_objectives(const WorkloadOptions& options, proto::Experiment& experiment);

// A hash of everything that a proposer may see, in order.
[[nodiscard]] std::uint64_t hash_of(const search::History& history);

[[nodiscard]] std::unique_ptr<search::Proposer> make_proposer(const WorkloadOptions& options);
[[nodiscard]] std::unique_ptr<search::Stopper> make_stopper(const WorkloadOptions& options);

}  // namespace rondo::simulation
