// Sobol's sequence with the direction numbers of S. Joe and F. Y. Kuo, "Constructing Sobol Sequences with
// Better Two-Dimensional Projections", SIAM J. Sci. Comput. 30 (2008), file new-joe-kuo-6.21201.
#pragma once

#include <array>
#include <cstdint>

#include "common/random/draws.h"

namespace rondo::search {

inline constexpr std::uint32_t sobol_dimensions = 256;
inline constexpr std::uint32_t sobol_bits = 32;

// Column j, for bit j of a point's number in Gray code (0 the lowest); the highest bit is worth one half.
using SobolColumns = std::array<std::uint32_t, sobol_bits>;

// `dimension` < sobol_dimensions.
[[nodiscard]] SobolColumns sobol_columns(std::uint32_t dimension);

// Matousek's linear matrix scramble ("On the L2-Discrepancy for Anchored Boxes", J. Complexity 14, 1998): the
// bits of a number, as a vector from the highest on, times a lower triangular matrix of random bits with ones
// on its diagonal. Row r is word r of `draws`. What is balanced stays balanced.
[[nodiscard]] SobolColumns scrambled(const SobolColumns& columns, const random::Draws& draws);

// Coordinate of point `index`, times 2^32. In the order of Antonov and Saleev, as published: index 1 is ½.
[[nodiscard]] std::uint32_t sobol_point(const SobolColumns& columns, std::uint32_t index);

}  // namespace rondo::search
