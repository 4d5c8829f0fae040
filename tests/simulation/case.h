// One simulation: a workload and its disturbers. Drawn from a seed, or read from a text file of lines
// `name value` (cases/*.txt); what a file does not name keeps the value drawn from its seed.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tests/simulation/workload.h"

namespace rondo::simulation {

// What goes wrong, and how fast everything is. Probabilities are in percent. An epoch of one tick takes
// `time_of_tick` units of time on a rank of speed 100.
struct Disturbers {
  std::uint32_t ranks = 3;
  std::uint32_t late_ranks = 0;    // join in mid-search
  std::uint64_t speed_spread = 0;  // a rank is up to so many percent slower
  std::uint64_t noise = 0;         // an epoch takes up to so many percent longer
  std::uint64_t mispriced = 0;   // a trial's epochs take up to so many percent more or less than their ticks
  std::uint64_t most_delay = 0;  // of a message; each rank's messages keep their order
  std::uint64_t report_single = 50;   // an epoch is reported at once, not with those behind it
  std::uint64_t checkpoint = 50;      // such a report carries a checkpoint
  std::uint64_t duplicate = 0;        // a report arrives twice, the second time at any later moment
  std::uint64_t failure = 0;          // an epoch ends in a failed attempt
  std::uint32_t most_failures = 100;  // of a trial, then the search pauses with a fault
  std::uint32_t deaths = 0;           // of ranks; another one joins later
  std::uint32_t silences = 0;         // ranks given up that live on: their results arrive late
  std::uint32_t crashes = 0;          // of the coordinator: only what was synced remains
  std::uint32_t pauses = 0;           // asked for, everything is synced
  std::uint64_t cache_loss = 0;       // a kept result, or checkpoint, is lost in a restart
  std::uint64_t unreadable = 0;       // a checkpoint turns out to be unreadable when it is needed
  std::uint64_t sync_every = 1;       // records are durable after at most so much time
  std::uint32_t lies = 0;             // a second report of an epoch that differs from the first
  std::uint64_t extend_from = 0;      // the budget in trials before the search is extended; 0: it is not
  std::uint64_t stragglers = 0;       // an attempt takes `straggling` times as long: a slow or busy host
  std::uint64_t straggling = 5;
};

constexpr std::uint64_t time_of_tick = 100;

struct Case {
  std::uint64_t seed = 0;
  WorkloadOptions workload;
  Disturbers disturbers;
};

[[nodiscard]] Case draw_case(std::uint64_t seed);
// Throws Error(bad_input) for an unknown name or a bad value.
[[nodiscard]] Case parse_case(std::string_view text);
// All options as such a text.
[[nodiscard]] std::string describe(const Case& simulation);

}  // namespace rondo::simulation
