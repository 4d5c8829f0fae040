// A small experiment, its header and a search's records with every kind of event, for the tests of this
// folder and of those that use the store.
#pragma once

#include <vector>

#include "coordinator/schedule/record.h"
#include "rondo/experiment.pb.h"
#include "rondo/journal.pb.h"

namespace rondo::store::samples {

[[nodiscard]] proto::Experiment experiment(std::uint64_t seed = 42);
[[nodiscard]] Digest dataset();
[[nodiscard]] proto::JournalHeader header(std::uint64_t seed = 42);

[[nodiscard]] std::string architecture(std::uint32_t units);
[[nodiscard]] schedule::Record proposed(std::uint64_t tick, std::uint32_t lane, std::uint64_t trial);
[[nodiscard]] schedule::Record reported(std::uint64_t tick, std::uint64_t trial, std::uint32_t epoch);
[[nodiscard]] schedule::Record ended(std::uint64_t tick, std::uint64_t trial, std::uint32_t epochs);
[[nodiscard]] schedule::EpochResult result(std::uint32_t epoch, double loss);
[[nodiscard]] schedule::TrialEnd end(std::uint32_t epochs);

// Two trials on two lanes, with a rung, a promotion, a divergence and idle lanes.
[[nodiscard]] std::vector<schedule::Record> search();

}  // namespace rondo::store::samples
