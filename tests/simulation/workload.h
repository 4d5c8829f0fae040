// What is searched in a simulation: a proposer, a stopper, budgets, and the truth about every trial, all pure
// functions of a few numbers. The core sees the interfaces of production; the truth is what real training
// would give.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "coordinator/schedule/core.h"
#include "coordinator/schedule/record.h"
#include "coordinator/search/proposer.h"

namespace rondo::simulation {

// How networks are chosen.
enum class ProposerKind : std::uint8_t {
  free,       // a function of the trial id alone
  reading,    // a hash of everything that it sees, in order: a decision at a wrong moment proposes another
  grid,       // free, and spent after `networks` trials
  repeating,  // free, from `networks` different ones: draws repeat, up to the limit of redraws
  reading_repeats,  // reading, from `networks` different ones
  // The samplers of production over a space of some 200 networks; never drawn, but asked for.
  sobol,
  tpe,
  tpe_multivariate,
  gp,
  portfolio,
  cmaes,
  greedy,
  nsga2,
  random_sampler,
  grid_sampler,
  evolution,
  reading_ends,  // as reading, but of the newest end alone: for searches of many trials
};
// When trials pause and go on.
enum class StopperKind : std::uint8_t {
  none,
  ladder,      // rungs at 1, 3, 9, …; a paused trial in the best third of its rung goes on, at once
  bracket,     // rungs at 2, 4, 8, …; the best half goes on once `bracket` trials have reached the rung
  first_come,  // a rung after every second epoch; whichever paused first goes on, when nothing is left to
               // propose: by the order of the pauses
  // Those of production, with settings that suit few trials of few epochs; never drawn, but asked for.
  median,
  asha,
  hyperband,
  // None, but a trial ends after two epochs in a row without a smaller validation loss; not drawn either.
  patience,
};
// What the samplers and stoppers of production are told to search for.
enum class ObjectiveKind : std::uint8_t {
  several,   // accuracy, parameters and ticks
  maximise,  // accuracy alone
  minimise,  // log loss alone
};

struct WorkloadOptions {
  std::uint64_t seed = 0;  // of networks and truths
  ProposerKind proposer = ProposerKind::free;
  StopperKind stopper = StopperKind::none;
  std::uint32_t lanes = 4;
  std::uint64_t trials = 12;
  std::uint32_t epochs = 5;
  std::uint64_t last_tick = 0;     // 0: no budget in ticks
  std::uint64_t most_ticks = 10;   // of an epoch; 1: every event is a tie
  std::uint64_t networks = 8;      // see ProposerKind
  std::uint64_t bracket = 3;       // see StopperKind
  std::uint64_t early_stop = 30;   // percent of trials that end before `epochs`
  std::uint64_t diverge = 10;      // percent of trials
  std::uint64_t too_large = 10;    // percent of networks
  std::uint32_t trials_ahead = 8;  // operational
  bool second_copies = false;      // operational
  ObjectiveKind objective = ObjectiveKind::several;
  std::uint32_t startup = 3;    // trials before a sampler of production learns, at least 1
  std::uint32_t reduction = 2;  // of asha and hyperband
};

// What training a trial to its end gives.
struct Truth {
  std::vector<schedule::EpochResult> epochs;  // 1, 2, … to the end
  schedule::TrialEnd end;
};

class Workload {
 public:
  explicit Workload(const WorkloadOptions& options);

  [[nodiscard]] const WorkloadOptions& options() const { return options_; }
  [[nodiscard]] const search::Proposer& proposer() const { return *proposer_; }
  [[nodiscard]] const search::Stopper& stopper() const { return *stopper_; }
  // A budget in trials other than the workload's own, for a search that is extended.
  [[nodiscard]] schedule::Options core_options(std::uint64_t trials) const;

  // A pure function of its arguments and the workload's seed.
  [[nodiscard]] Truth truth(TrialId trial, const std::string& architecture) const;

 private:
  WorkloadOptions options_;
  std::unique_ptr<search::Proposer> proposer_;
  std::unique_ptr<search::Stopper> stopper_;
};

}  // namespace rondo::simulation
