// status.json: one small JSON object that says how the last launch stands.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "coordinator/store/file_system.h"
#include "coordinator/store/run_folder.h"

namespace rondo::store {

// What the journal's header does not hold of an experiment, because it is no part of what a trial is.
struct RunBudget {
  std::uint64_t trials = 0;
  std::uint64_t ticks = 0;  // 0: no limit
  friend bool operator==(const RunBudget&, const RunBudget&) = default;
};

struct StatusFile {
  RunStatus status;
  RunBudget budget;
};

// Atomically; on a full disk in place, for there the reason why a search stopped matters most.
void write_status_file(FileSystem& files, const std::string& path, const StatusFile& file);
// Nothing when there is none or it is no status of ours.
[[nodiscard]] std::optional<StatusFile> read_status_file(FileSystem& files, const std::string& path);

}  // namespace rondo::store
