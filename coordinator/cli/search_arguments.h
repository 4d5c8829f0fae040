// The arguments of `rondo search`, `rondo resume` and `rondo extend`, for the command itself and for the
// launcher, which checks them before it starts anything.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "coordinator/cli/commands.h"

namespace rondo::cli {

// Add the command to the application. `options` must stay where it is while the application parses.
CLI::App& add_search(CLI::App& app, SearchOptions& options);
CLI::App& add_resume(CLI::App& app, SearchOptions& options);
CLI::App& add_extend(CLI::App& app, SearchOptions& options);

// "search", "resume" or "extend" with its arguments, as they stand behind `rondo launch -n K --`. Throws
// Error(bad_input).
[[nodiscard]] SearchOptions parse_search(const std::vector<std::string>& command);

}  // namespace rondo::cli
