// A run of more trials begins with the results of a smaller run of the same experiment.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "coordinator/schedule/core.h"
#include "coordinator/store/file_system.h"
#include "coordinator/store/run_folder.h"

namespace rondo::store {

// Throws Error(bad_input) unless `run` is the folder of a run of the request's experiment, on the same table,
// with a smaller budget of trials; Error(environment) when another version of Rondo made it; Error(corrupt)
// when its journal is damaged. Writes nothing.
void check_extension(FileSystem& files, const std::string& run, const RunRequest& request);

// What a journal knows of each trial, by trial id. An epoch whose trial's end may have been lost behind it is
// left out. Of trials that were too large there is no result.
[[nodiscard]] std::vector<schedule::KeptResult> committed_results(std::span<const schedule::Record> records);

}  // namespace rondo::store
