// environment.json: what a run was made on. Facts for people who look for a difference; no part of the
// contract.
#pragma once

#include <cstdint>
#include <string>

namespace rondo::cli {

// One JSON object: release, versions, host, CPU, kernel target, compiler, libraries, MPI, container.
[[nodiscard]] std::string environment_json(std::uint32_t ranks);

}  // namespace rondo::cli
