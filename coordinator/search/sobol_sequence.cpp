#include "coordinator/search/sobol_sequence.h"

#include <bit>

#include "common/base/check.h"

namespace rondo::search {

namespace {

struct Direction {
  std::uint32_t polynomial;             // bit k: the coefficient of x^k; 1: all numbers are 1
  std::array<std::uint32_t, 18> start;  // m_1, m_2, …: as many as the degree
};

constexpr std::array<Direction, sobol_dimensions> directions = {{
#include "coordinator/search/sobol_numbers.inc"
}};

}  // namespace

SobolColumns sobol_columns(std::uint32_t dimension) {
  RONDO_CHECK(dimension < sobol_dimensions, "dimension {}", dimension);
  const Direction& direction = directions[dimension];
  const auto degree = static_cast<std::uint32_t>(std::bit_width(direction.polynomial)) - 1;
  SobolColumns columns{};
  for (std::uint32_t j = 0; j < sobol_bits; ++j) {
    if (degree == 0) {
      columns[j] = std::uint32_t{1} << (sobol_bits - 1 - j);
    } else if (j < degree) {
      columns[j] = direction.start[j] << (sobol_bits - 1 - j);
    } else {
      // v_j = v_{j-s} / 2^s, with v_{j-k} added for each coefficient of x^{s-k}, k = 1 … s.
      columns[j] = columns[j - degree] >> degree;
      for (std::uint32_t k = 1; k <= degree; ++k) {
        if ((direction.polynomial >> (degree - k) & 1U) != 0) columns[j] ^= columns[j - k];
      }
    }
  }
  return columns;
}

SobolColumns scrambled(const SobolColumns& columns, const random::Draws& draws) {
  SobolColumns rows{};
  draws.words(0, rows);
  SobolColumns result{};
  for (std::uint32_t r = 0; r < sobol_bits; ++r) {
    const std::uint32_t diagonal = std::uint32_t{1} << (sobol_bits - 1 - r);
    const std::uint32_t row = (rows[r] & ~(diagonal | (diagonal - 1))) | diagonal;
    for (std::uint32_t j = 0; j < sobol_bits; ++j) {
      if (std::popcount(row & columns[j]) % 2 != 0) result[j] |= diagonal;
    }
  }
  return result;
}

std::uint32_t sobol_point(const SobolColumns& columns, std::uint32_t index) {
  std::uint32_t point = 0;
  for (std::uint32_t gray = index ^ (index >> 1U); gray != 0; gray &= gray - 1) {
    point ^= columns[static_cast<std::size_t>(std::countr_zero(gray))];
  }
  return point;
}

}  // namespace rondo::search
