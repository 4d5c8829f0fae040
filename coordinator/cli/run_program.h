// Asks another program for a few lines of text.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace rondo::cli {

struct ProgramAnswer {
  int exit_code = 0;
  std::string output;  // standard output and standard error
};

// Runs a program, found along PATH, without anything to read. Nothing when it cannot be started, or has not
// ended after `longest`: it is killed then.
[[nodiscard]] std::optional<ProgramAnswer> run_program(const std::vector<std::string>& arguments,
                                                       std::chrono::milliseconds longest);

}  // namespace rondo::cli
