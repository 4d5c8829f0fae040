#include "coordinator/search/cholesky.h"

#include <cmath>
#include <utility>

namespace rondo::search {

namespace {

// to[j] -= factor · from[j]
void subtract_scaled(double* to, const double* from, double factor, std::size_t count) {
  for (std::size_t j = 0; j < count; ++j) to[j] -= factor * from[j];
}

}  // namespace

// Column by column: each element is its own chain over k in ascending order.
Cholesky::Cholesky(std::vector<std::vector<double>> rows, double least_pivot) : rows_(std::move(rows)) {
  const std::size_t n = rows_.size();
  std::vector<double> column(n);
  for (std::size_t k = 0; k < n; ++k) {
    const double pivot = rows_[k][k];
    const double root = std::sqrt(pivot > least_pivot ? pivot : least_pivot);
    rows_[k][k] = root;
    for (std::size_t i = k + 1; i < n; ++i) {
      column[i] = rows_[i][k] / root;
      rows_[i][k] = column[i];
    }
    for (std::size_t i = k + 1; i < n; ++i) {
      subtract_scaled(rows_[i].data() + k + 1, column.data() + k + 1, column[i], i - k);
    }
  }
}

std::vector<double> Cholesky::product(const std::vector<double>& b) const {
  std::vector<double> result(b.size());
  for (std::size_t i = 0; i < b.size(); ++i) {
    for (std::size_t k = 0; k <= i; ++k) result[i] += rows_[i][k] * b[k];
  }
  return result;
}

std::vector<double> Cholesky::forward(std::vector<double> b) const {
  for (std::size_t i = 0; i < b.size(); ++i) {
    for (std::size_t k = 0; k < i; ++k) b[i] -= rows_[i][k] * b[k];
    b[i] /= rows_[i][i];
  }
  return b;
}

std::vector<double> Cholesky::backward(std::vector<double> b) const {
  for (std::size_t i = b.size(); i-- > 0;) {
    b[i] /= rows_[i][i];
    subtract_scaled(b.data(), rows_[i].data(), b[i], i);
  }
  return b;
}

// X = L⁻¹ row by row, then A⁻¹ = Xᵀ · X, summed over the rows of X in ascending order.
std::vector<std::vector<double>> Cholesky::inverse() const {
  const std::size_t n = rows_.size();
  std::vector<std::vector<double>> result(n);
  for (std::size_t i = 0; i < n; ++i) result[i].assign(i + 1, 0.0);
  std::vector<std::vector<double>> solved(n);
  for (std::size_t i = 0; i < n; ++i) {
    std::vector<double>& row = solved[i];
    row.assign(i + 1, 0.0);
    row[i] = 1;
    for (std::size_t k = 0; k < i; ++k) subtract_scaled(row.data(), solved[k].data(), rows_[i][k], k + 1);
    for (double& value : row) value /= rows_[i][i];
    for (std::size_t r = 0; r <= i; ++r) subtract_scaled(result[r].data(), row.data(), -row[r], r + 1);
  }
  return result;
}

std::vector<double> Cholesky::squares(std::vector<double> b, std::size_t count) const {
  std::vector<double> sums(count);
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    double* row = b.data() + i * count;
    for (std::size_t k = 0; k < i; ++k) subtract_scaled(row, b.data() + k * count, rows_[i][k], count);
    for (std::size_t c = 0; c < count; ++c) {
      row[c] /= rows_[i][i];
      sums[c] += row[c] * row[c];
    }
  }
  return sums;
}

}  // namespace rondo::search
