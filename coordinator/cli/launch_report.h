// The file through which rank 0 of a launched search speaks to its launcher: "started <host> <process>",
// later "ended <exit code>", a line each.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace rondo::cli {

struct LaunchReport {
  std::string host;  // empty: rank 0 has not started
  std::uint32_t process = 0;
  std::optional<int> exit_code;
};

// What is written so far; a last line without its end is not read.
[[nodiscard]] LaunchReport read_launch_report(const std::string& path);

}  // namespace rondo::cli
