// Which of a host's cores a rank may take. mpirun binds each rank to some of them, or lets all ranks of a
// host run on all; a rank must not start threads for cores that others train on.
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <span>

namespace rondo::transport {

inline constexpr std::size_t most_cores = 1024;
using CoreSet = std::bitset<most_cores>;

// The cores that this process may run on (sched_getaffinity), at least one.
[[nodiscard]] CoreSet own_cores();

// How many of `own` are this rank's when each core is divided evenly among those that may run on it: `others`
// are the sets of the other ranks on the same host that train. At least 1.
[[nodiscard]] std::uint32_t share_of_cores(const CoreSet& own, std::span<const CoreSet> others);

}  // namespace rondo::transport
