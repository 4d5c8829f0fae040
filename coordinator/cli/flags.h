// The settings that have a flag, as options of a command.
#pragma once

#include <CLI/CLI.hpp>
#include <map>
#include <string>
#include <vector>

#include "rondo/experiment.pb.h"

namespace rondo::cli {

// What the command line said, unread: by the flag's name without dashes, one text for each time it was given.
struct FlagValues {
  std::map<std::string, std::vector<std::string>> texts;
};

// One option for each flag of the schema. `values` must stay where it is while the command parses.
void add_experiment_flags(CLI::App& command, FlagValues& values);

// Puts the flags on top of what a file said; a list's flag (--drop A --drop B) replaces the file's list.
// Throws Error(bad_input) as "--trials: -5 is below the minimum 1", and when a flag that is no list is given
// twice.
void apply_flags(const FlagValues& values, proto::Experiment& experiment);

}  // namespace rondo::cli
