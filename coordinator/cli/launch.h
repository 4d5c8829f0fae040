// rondo launch: starts mpirun so that the ranks that outlive a killed one finish the search, and returns the
// search's own exit code, which mpirun then does not know.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "common/base/error.h"

namespace rondo::cli {

struct LaunchOptions {
  std::uint32_t ranks = 0;           // coordinator included
  std::vector<std::string> mpirun;   // further arguments of mpirun, as they are
  std::vector<std::string> command;  // "search" or "resume" and its arguments
  std::string program;               // path of this binary; empty: /proc/self/exe
};

// What the launcher must know of the command. `check` throws Error(bad_input) for everything that the search
// itself would refuse, before anything is started, and returns the run's folder.
using CheckCommand = std::function<std::string(const std::vector<std::string>& command)>;

// Starts, watches and cleans up. Forwards SIGINT, SIGTERM and SIGUSR1 to the search (which pauses).
[[nodiscard]] ExitCode launch(const LaunchOptions& options, const CheckCommand& check);

// Adds the command to the application; `action` becomes the call of launch().
void add_launch(CLI::App& app, std::function<ExitCode()>& action, CheckCommand check);

// What rank 0 of a launched search tells its launcher, through a file that the launcher names in the
// environment (RONDO_LAUNCH_REPORT); nothing happens without it. Say started at the program's start, ended
// right before its end, whatever happened in between. Only on rank 0.
void report_started();
void report_ended(int exit_code);

}  // namespace rondo::cli
