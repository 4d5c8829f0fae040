// What one core can do at most: the roof that a product is measured against.
#pragma once

#include <string_view>

namespace rondo::bench {

// Floating point operations per second (an fma counts as two) of a loop that does nothing but independent
// fma in the registers of that kernel target ("avx512", "avx2"; others: 0). The best of several runs.
[[nodiscard]] double fma_peak(std::string_view target);

}  // namespace rondo::bench
