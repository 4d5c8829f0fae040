// environment.json: what a run was made on. Facts for people who look for a difference; no part of the
// contract.
#pragma once

#include <cstdint>
#include <string>

namespace rondo::cli {

// One JSON object: release, versions, host, CPU, kernel target, compiler, libraries, MPI, container.
[[nodiscard]] std::string environment_json(std::uint32_t ranks);

// "g++ 12.2.0"; "AMD EPYC".
[[nodiscard]] std::string compiler_name();
[[nodiscard]] std::string cpu_name();

}  // namespace rondo::cli
