// Processes that a launch starts and must not leave behind.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace rondo::cli {

// The variable that names the file through which rank 0 reports; its value, unique to a launch, marks the
// launch's processes as well.
inline constexpr const char* launch_report_variable = "RONDO_LAUNCH_REPORT";

using Environment = std::vector<std::pair<std::string, std::string>>;

// Starts a program in a process group of its own, without a terminal to read from, and ended by SIGTERM
// should this process die. Throws Error(environment) when it cannot be started.
[[nodiscard]] pid_t start_program(const std::vector<std::string>& arguments, const Environment& additional);

// The exit code of a child that has ended (128 + signal when one ended it); nothing while it runs. A child
// can be asked for once.
[[nodiscard]] std::optional<int> collect(pid_t child);

// This host's processes, other than this one, whose environment says variable=value.
[[nodiscard]] std::vector<pid_t> marked_processes(const std::string& variable, const std::string& value);

// Ends the marked processes: SIGTERM, and SIGKILL for those still there after `patience`.
void end_marked_processes(const std::string& variable, const std::string& value,
                          std::chrono::milliseconds patience);

}  // namespace rondo::cli
