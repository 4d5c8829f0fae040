// From what the user said to everything that a search needs, checked; nothing is written.
#pragma once

#include <memory>
#include <string>

#include "coordinator/cli/commands.h"
#include "coordinator/cli/load.h"
#include "coordinator/search/proposer.h"
#include "coordinator/store/run_folder.h"

namespace rondo::cli {

struct SearchInput {
  proto::Experiment told;  // with its defaults, before the table made it concrete
  Problem problem;
  std::unique_ptr<search::Proposer> proposer;
  store::RunRequest request;
};

// Reads file, flags and table alone; `request` stays empty. Throws Error(bad_input).
[[nodiscard]] SearchInput read_experiment_and_table(const SearchOptions& options, store::FileSystem& files);
// Reads file, flags and table, and looks at the run's folder. Throws Error(bad_input) for all that is wrong
// with them. A path in experiment.yaml is taken as it stands: relative to the current folder, not to the
// file.
[[nodiscard]] SearchInput read_search(const SearchOptions& options, store::FileSystem& files);

// What was inferred and what is going to happen. Ends with a newline.
[[nodiscard]] std::string plan_text(const SearchInput& input);
// What to do about lanes that cannot keep this many workers busy. Empty: they can.
[[nodiscard]] std::string lanes_note(const proto::Experiment& experiment, std::uint32_t workers);

}  // namespace rondo::cli
