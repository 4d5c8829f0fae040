// The command line: which command, which options, which exit code.
#pragma once

namespace rondo::cli {

// Runs the command that the arguments name and returns the process's exit code. Prints errors; throws
// nothing.
[[nodiscard]] int run(int argc, char** argv);

}  // namespace rondo::cli
