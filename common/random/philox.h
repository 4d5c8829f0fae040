// Philox4x32-10: J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw, "Parallel Random Numbers: As Easy as
// 1, 2, 3", SC'11. A keyed bijection of 128-bit counters; no state.
#pragma once

#include <array>
#include <cstdint>

namespace rondo::random {

using Counter = std::array<std::uint32_t, 4>;

// The four words of a counter under a key whose low 32 bits are the paper's k0, the high ones k1.
[[nodiscard]] Counter philox4x32_10(const Counter& counter, std::uint64_t key);

}  // namespace rondo::random
