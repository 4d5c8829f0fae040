// What a checker finds. Each kind of failure is an exit code of its own.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

namespace rondo::simulation {

enum class Verdict : int {
  fine = 0,
  usage = 2,
  crash = 3,        // a failed check or an exception of the system
  no_progress = 4,  // events without end and no new record, or nothing left to happen before the search's end
  divergence = 5,   // a record that is not the reference's, or a difference that was not reported
  idle_rank = 6,    // a rank without work beside a live segment that nobody trains
  bad_command = 7,  // a command that no rank could carry out, or one that is not in the interface's contract
};

[[nodiscard]] std::string name_of(Verdict verdict);

struct Violation {
  Verdict verdict;
  std::string message;
};

}  // namespace rondo::simulation
