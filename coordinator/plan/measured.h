// How long a tick was in a run that exists, from its telemetry. Offline: no search ever reads this.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/base/ids.h"
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
  std::uint64_t trials = 0;      // that were trained in one go on one rank, and are measured
  double seconds_per_tick = 0;   // the median trial's
  double typical_error = 0;      // half of the trials are off their ticks by no more than this, as a share
  double large_error = 0;        // nine in ten
  proto::Experiment experiment;  // the run's
  std::vector<MeasuredTrial> each;
  std::vector<Epoch> ends;  // epochs of every trial that ended by itself, by trial id
};

// Throws Error(bad_input) when the folder holds no run, or a run without telemetry of a whole trial.
[[nodiscard]] Measured measure(store::FileSystem& files, const std::string& run);

}  // namespace rondo::plan
