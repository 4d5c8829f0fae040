// Linear algebra of the Gaussian process and of CMA-ES: dense, in double, with one order of operations. Every
// product, sum, quotient and root is rounded once; GP.md defines the order. Loops run over independent
// results inside, so that a compiler may vectorise them without changing a bit.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace rondo::search {

// The lower triangle of L with L · Lᵀ = A, by rows.
class Cholesky {
 public:
  // Row i of the lower triangle of A is rows[i], i + 1 numbers. A pivot that is not above `least_pivot`
  // counts as `least_pivot`: rounding can take a nearly singular matrix there.
  Cholesky(std::vector<std::vector<double>> rows, double least_pivot);

  [[nodiscard]] std::size_t size() const { return rows_.size(); }
  // L · b, each element summed over k in ascending order.
  [[nodiscard]] std::vector<double> product(const std::vector<double>& b) const;
  // L⁻¹ · b.
  [[nodiscard]] std::vector<double> forward(std::vector<double> b) const;
  // L⁻ᵀ · b.
  [[nodiscard]] std::vector<double> backward(std::vector<double> b) const;
  // A⁻¹, lower triangle by rows.
  [[nodiscard]] std::vector<std::vector<double>> inverse() const;
  // Σ over i of (L⁻¹ · b)ᵢ² for `count` right-hand sides at once: b[i · count + c] is element i of number c.
  [[nodiscard]] std::vector<double> squares(std::vector<double> b, std::size_t count) const;

 private:
  std::vector<std::vector<double>> rows_;
};

}  // namespace rondo::search
