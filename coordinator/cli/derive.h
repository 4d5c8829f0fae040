// The decisions of a journal, taken again from its results alone.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "common/architecture/architecture.h"
#include "coordinator/schedule/core.h"
#include "coordinator/store/file_system.h"
#include "rondo/experiment.pb.h"

namespace rondo::cli {

struct DerivedDifference {
  std::uint64_t record = 0;  // number in the journal
  std::string what;
};

// The core's options that an experiment asks for.
[[nodiscard]] schedule::Options core_options(const proto::Experiment& resolved);

// Runs the schedule on the journal's own results and compares every record, byte for byte. Nothing: all are
// equal.
[[nodiscard]] std::optional<DerivedDifference> derive_again(store::FileSystem& files,
                                                            const std::string& run_folder,
                                                            const proto::Experiment& resolved,
                                                            const ProblemShape& shape);

}  // namespace rondo::cli
