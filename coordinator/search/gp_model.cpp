#include "coordinator/search/gp_model.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "common/numerics/elementary.h"

namespace rondo::search {

namespace {

// Priors: a normal distribution of each logarithm. Bounds keep the matrix regular.
constexpr double length_centre = -0.5;
constexpr double length_spread = 1.0;
constexpr double length_least = -4;
constexpr double length_most = 3;
constexpr double noise_centre = -8;
constexpr double noise_spread = 2.0;
constexpr double noise_least = -14;
constexpr double noise_most = 1;

constexpr double faster = 1.2;
constexpr double slower = 0.5;
constexpr double longest_step = 1;
constexpr double shortest_step = 0x1p-10;

constexpr double five_thirds = 0x1.aaaaaaaaaaaabp+0;
constexpr double least_pivot = 0x1p-40;
constexpr double least_variance = 0x1p-40;

using Triangle = std::vector<std::vector<double>>;

std::vector<double> inverse_squares(const GpLengths& lengths) {
  std::vector<double> weights;
  for (const double length : lengths.lengths) weights.push_back(numerics::exp(-2 * length));
  return weights;
}

// squares[j] += weight · (distance between `place` and places[j])²
void add_distances(const GpColumn& column, double place, double weight, std::vector<double>& squares) {
  const double* places = column.places.data();
  for (std::size_t j = 0; j < squares.size(); ++j) {
    const double away = place - places[j];
    squares[j] += column.ordered ? weight * (away * away) : (away == 0 ? 0.0 : weight);
  }
}

double matern(double square) {
  const double u = std::sqrt(5 * square);
  return (1 + u + five_thirds * square) * numerics::exp(-u);
}

// The posterior's slopes at some lengths.
class GpSlope {
 public:
  GpSlope(const GpColumns& columns, const std::vector<double>& values, const GpLengths& at)
      : columns_(columns), weights_(inverse_squares(at)), count_(values.size()) {
    const double ratio = numerics::exp(at.noise);
    const Cholesky factor(covariance(ratio), least_pivot);
    const std::vector<double> alpha = factor.backward(factor.forward(values));
    double fit = 0;
    for (std::size_t i = 0; i < count_; ++i) fit += values[i] * alpha[i];
    const double scale = fit > 0 ? fit / static_cast<double>(count_) : 1;
    Triangle rest = factor.inverse();  // then ααᵀ / scale - K⁻¹
    double trace = 0;
    for (std::size_t i = 0; i < count_; ++i) {
      for (std::size_t j = 0; j <= i; ++j) rest[i][j] = alpha[i] * alpha[j] / scale - rest[i][j];
      trace += rest[i][i];
      for (std::size_t j = 0; j < i; ++j) rest[i][j] *= slopes_[i][j];
    }
    for (std::size_t d = 0; d < columns.size(); ++d) {
      lengths.push_back(length_slope(d, rest) -
                        (at.lengths[d] - length_centre) / (length_spread * length_spread));
    }
    noise = 0.5 * ratio * trace - (at.noise - noise_centre) / (noise_spread * noise_spread);
  }

  std::vector<double> lengths;
  double noise = 0;

 private:
  Triangle covariance(double ratio) {
    Triangle rows(count_);
    slopes_.resize(count_);
    for (std::size_t i = 0; i < count_; ++i) {
      std::vector<double> squares(i);
      for (std::size_t d = 0; d < columns_.size(); ++d) {
        add_distances(columns_[d], columns_[d].places[i], weights_[d], squares);
      }
      rows[i].resize(i + 1);
      slopes_[i].resize(i);
      for (std::size_t j = 0; j < i; ++j) {
        const double u = std::sqrt(5 * squares[j]);
        const double decay = numerics::exp(-u);
        rows[i][j] = (1 + u + five_thirds * squares[j]) * decay;
        slopes_[i][j] = five_thirds * (1 + u) * decay;
      }
      rows[i][i] = 1 + ratio;
    }
    return rows;
  }

  [[nodiscard]] double length_slope(std::size_t d, const Triangle& rest) const {
    double total = 0;
    for (std::size_t i = 1; i < count_; ++i) {
      std::vector<double> squares(i);
      add_distances(columns_[d], columns_[d].places[i], weights_[d], squares);
      double row = 0;
      for (std::size_t j = 0; j < i; ++j) row += rest[i][j] * squares[j];
      total += row;
    }
    return total;
  }

  const GpColumns& columns_;
  std::vector<double> weights_;
  std::size_t count_;
  Triangle slopes_;  // dk/dr² · -2, by pairs
};

// One coordinate of Rprop: a step along the slope's sign, longer while the sign stays.
class Climber {
 public:
  Climber(double step, double least, double most) : step_(step), least_(least), most_(most) {}
  void move(double slope, double& at) {
    const int sign = slope > 0 ? 1 : (slope < 0 ? -1 : 0);
    if (sign * before_ > 0) step_ = std::min(step_ * faster, longest_step);
    if (sign * before_ < 0) step_ = std::max(step_ * slower, shortest_step);
    before_ = sign;
    at = std::min(std::max(at + sign * step_, least_), most_);
  }

 private:
  double step_;
  double least_;
  double most_;
  int before_ = 0;
};

Triangle noisy_covariance(const GpColumns& columns, const std::vector<double>& weights, double noise) {
  const std::size_t count = columns.front().places.size();
  Triangle rows(count);
  for (std::size_t i = 0; i < count; ++i) {
    std::vector<double> squares(i);
    for (std::size_t d = 0; d < columns.size(); ++d) {
      add_distances(columns[d], columns[d].places[i], weights[d], squares);
    }
    for (double& value : squares) value = matern(value);
    rows[i] = std::move(squares);
    rows[i].push_back(1 + noise);
  }
  return rows;
}

}  // namespace

GpLengths prior_lengths(std::size_t genes) {
  return {std::vector<double>(genes, length_centre), noise_centre};
}

GpLengths fitted(const GpColumns& columns, const std::vector<double>& values, GpLengths start, double step,
                 std::uint32_t rounds) {
  std::vector<Climber> climbers(columns.size(), Climber(step, length_least, length_most));
  Climber noise(step, noise_least, noise_most);
  for (std::uint32_t round = 0; round < rounds; ++round) {
    const GpSlope slope(columns, values, start);
    for (std::size_t d = 0; d < climbers.size(); ++d) climbers[d].move(slope.lengths[d], start.lengths[d]);
    noise.move(slope.noise, start.noise);
  }
  return start;
}

GpModel::GpModel(GpColumns columns, const std::vector<double>& values, const GpLengths& lengths)
    : columns_(std::move(columns)),
      weights_(inverse_squares(lengths)),
      factor_(noisy_covariance(columns_, weights_, numerics::exp(lengths.noise)), least_pivot) {
  // The first rows of the factor are those of the values' own matrix, so b's later elements stay out of it.
  alpha_ = factor_.backward(factor_.forward(values));
  double fit = 0;
  for (std::size_t i = 0; i < values.size(); ++i) fit += values[i] * alpha_[i];
  if (fit > 0) scale_ = fit / static_cast<double>(values.size());
}

GpModel::Predictions GpModel::predict(const GpColumns& places, std::size_t count) const {
  const std::size_t trials = factor_.size();
  std::vector<double> near(trials * count);
  std::vector<double> squares(count);
  Predictions result{std::vector<double>(count), {}};
  for (std::size_t i = 0; i < trials; ++i) {
    std::fill(squares.begin(), squares.end(), 0.0);
    for (std::size_t d = 0; d < places.size(); ++d) {
      add_distances(places[d], columns_[d].places[i], weights_[d], squares);
    }
    for (std::size_t c = 0; c < count; ++c) {
      const double value = matern(squares[c]);
      near[i * count + c] = value;
      if (i < alpha_.size()) result.means[c] += value * alpha_[i];
    }
  }
  for (const double known : factor_.squares(std::move(near), count)) {
    const double left = 1 - known;
    result.deviations.push_back(std::sqrt((left > least_variance ? left : least_variance) * scale_));
  }
  return result;
}

}  // namespace rondo::search
