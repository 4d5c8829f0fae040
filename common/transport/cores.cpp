#include "common/transport/cores.h"

#include <sched.h>

#include <algorithm>
#include <thread>

namespace rondo::transport {

CoreSet own_cores() {
  CoreSet cores;
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) == 0) {
    for (std::size_t core = 0; core < std::min<std::size_t>(most_cores, CPU_SETSIZE); ++core) {
      cores[core] = CPU_ISSET(core, &set);
    }
  }
  if (cores.none()) {
    // More cores than the set can name: all of them, as many as it can.
    const std::size_t count = std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, most_cores);
    for (std::size_t core = 0; core < count; ++core) cores.set(core);
  }
  return cores;
}

std::uint32_t share_of_cores(const CoreSet& own, std::span<const CoreSet> others) {
  double share = 0;
  for (std::size_t core = 0; core < most_cores; ++core) {
    if (!own[core]) continue;
    const auto sharers = std::ranges::count_if(others, [core](const CoreSet& other) { return other[core]; });
    share += 1.0 / static_cast<double>(sharers + 1);
  }
  constexpr double rounding = 1e-6;  // of thirds that make up a whole
  return std::max<std::uint32_t>(1, static_cast<std::uint32_t>(share + rounding));
}

}  // namespace rondo::transport
