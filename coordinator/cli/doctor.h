// What rondo doctor looks at: one check, one line.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "worker/kernels/table.h"

namespace rondo::cli {

struct Check {
  std::string name;
  bool good = true;
  std::string what;  // what was found, and when that is not good, what to do
};

// The instruction sets that this CPU has: whether all give the same bits, and which one is used. `tables` is
// not empty; `wanted` is the environment's RONDO_TARGET, empty when it is not set.
[[nodiscard]] std::vector<Check> check_kernels(std::span<const kernels::KernelTable* const> tables,
                                               std::string_view wanted);
// This program, this machine, MPI.
[[nodiscard]] std::vector<Check> check_program();

}  // namespace rondo::cli
