// The one order in which doubles are summed: 16 lanes, element i in lane i mod 16, then the tree 8-4-2-1. The
// same tree as the kernels' reductions (worker/kernels/NUMERICS.md), for values in double.
#pragma once

#include <array>
#include <cstddef>
#include <span>

namespace rondo::numerics {

inline constexpr std::size_t sum_lanes = 16;

// Σ term(i) for i = 0 … count - 1, each call made once and in ascending order. Lanes start at +0, so the sum
// of nothing, and of -0 alone, is +0.
template <class Term>
[[nodiscard]] double sum_of(std::size_t count, Term term) {
  std::array<double, sum_lanes> lanes{};
  for (std::size_t i = 0; i < count; ++i) lanes[i % sum_lanes] += term(i);
  for (std::size_t half = sum_lanes / 2; half > 0; half /= 2) {
    for (std::size_t lane = 0; lane < half; ++lane) lanes[lane] += lanes[lane + half];
  }
  return lanes[0];
}

[[nodiscard]] inline double sum(std::span<const double> values) {
  return sum_of(values.size(), [&values](std::size_t i) { return values[i]; });
}

}  // namespace rondo::numerics
