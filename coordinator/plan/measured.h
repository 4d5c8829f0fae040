// How long a tick was in a run that exists, from its telemetry. Offline: no search ever reads this.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/base/ids.h"
#include "coordinator/plan/spread.h"
#include "coordinator/store/file_system.h"
#include "rondo/architecture.pb.h"
#include "rondo/experiment.pb.h"

namespace rondo::plan {

// A trial that was trained in one go on one rank.
struct MeasuredTrial {
  proto::Architecture architecture;
  Tick ticks_per_epoch;
  double seconds_per_epoch = 0;
};

struct Measured {
  Spread per_tick;               // seconds of a tick in the trials
  proto::Experiment experiment;  // the run's
  std::vector<MeasuredTrial> trials;
  std::vector<Epoch> ends;  // epochs of every trial that ended by itself, by trial id
};

// Throws Error(bad_input) when the folder holds no run, or a run without telemetry of a whole trial.
[[nodiscard]] Measured measure(store::FileSystem& files, const std::string& run);

}  // namespace rondo::plan
