// The one way in which this folder evaluates a polynomial; part of the definitions of its README.
#pragma once

#include <array>
#include <cstddef>

namespace rondo::numerics {

// Horner's rule, a product and a sum each rounded; coefficients from the constant up.
template <std::size_t count>
[[nodiscard]] double polynomial(const std::array<double, count>& coefficients, double x) {
  double value = coefficients[count - 1];
  for (std::size_t i = count - 1; i > 0; --i) value = value * x + coefficients[i - 1];
  return value;
}

}  // namespace rondo::numerics
