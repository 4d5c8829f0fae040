#include "coordinator/search/cmaes_model.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "common/base/check.h"
#include "common/numerics/elementary.h"

namespace rondo::search {

namespace {

constexpr double first_deviation = 0.15;
constexpr double least_step = 0x1p-12;
constexpr double most_step = 1;
constexpr double smallest_variance = 0x1p-40;

double norm(const std::vector<double>& values) {
  double squares = 0;
  for (const double value : values) squares += value * value;
  return std::sqrt(squares);
}

std::vector<std::vector<double>> identity(std::size_t size) {
  std::vector<std::vector<double>> rows;
  for (std::size_t i = 0; i < size; ++i) {
    rows.emplace_back(i + 1);
    rows.back().back() = 1;
  }
  return rows;
}

}  // namespace

std::size_t cmaes_generation(std::size_t coordinates) {
  return 4 + static_cast<std::size_t>(3 * numerics::log(static_cast<double>(coordinates)));
}

// The paper's, by its names.
struct CmaesModel::Constants {
  explicit Constants(double n)
      : weights(cmaes_generation(static_cast<std::size_t>(n)) / 2),
        chi(std::sqrt(n) * ((1 - 1 / (4 * n)) + 1 / (21 * (n * n)))),
        longest(std::sqrt(n) + 2 * n / (n + 2)) {
    const auto generation = static_cast<double>(cmaes_generation(static_cast<std::size_t>(n)));
    double sum = 0;
    for (std::size_t i = 0; i < weights.size(); ++i) {
      weights[i] = numerics::log((generation + 1) / 2) - numerics::log(static_cast<double>(i + 1));
      sum += weights[i];
    }
    double squares = 0;
    for (double& weight : weights) {
      weight /= sum;
      squares += weight * weight;
    }
    mu = 1 / squares;
    c_step = (mu + 2) / (n + mu + 5);
    damping = 1 + 2 * std::max(0.0, std::sqrt((mu - 1) / (n + 1)) - 1) + c_step;
    c_path = (4 + mu / n) / (n + 4 + 2 * mu / n);
    c_one = 2 / ((n + 1.3) * (n + 1.3) + mu);
    c_mu = std::min(1 - c_one, 2 * (0.25 + mu + 1 / mu - 2) / ((n + 2) * (n + 2) + mu));
  }
  std::vector<double> weights;
  double chi;
  double longest;  // of a whitened step: Hansen's "Injecting external solutions into CMA-ES", 2011
  double mu = 0;
  double c_step = 0;
  double damping = 0;
  double c_path = 0;
  double c_one = 0;
  double c_mu = 0;
};

// Weighted over the better half.
struct CmaesModel::Means {
  std::vector<std::vector<double>> steps;  // y of each
  std::vector<double> all;                 // of y
  std::vector<double> applying;            // of y where the coordinate applies
  std::vector<double> whitened;            // of A⁻¹ y
};

CmaesModel::CmaesModel(std::vector<CmaesBounds> bounds)
    : bounds_(std::move(bounds)),
      mean_(bounds_.size(), 0.5),
      step_(first_deviation),
      covariance_(identity(bounds_.size())),
      step_path_(bounds_.size()),
      covariance_path_(bounds_.size()),
      factor_(covariance_, smallest_variance) {
  RONDO_CHECK(!bounds_.empty());
}

double CmaesModel::reach(std::size_t coordinate) const {
  const double variance = std::max(covariance_[coordinate][coordinate], smallest_variance);
  return step_ * std::max(1.0, bounds_[coordinate].spread / (step_ * std::sqrt(variance)));
}

std::vector<double> CmaesModel::place(const std::vector<double>& normals) const {
  std::vector<double> result = factor_.product(normals);
  for (std::size_t k = 0; k < result.size(); ++k) {
    const double place = mean_[k] + reach(k) * result[k];
    result[k] = place > 0 ? std::min(place, 1.0) : 0.0;
  }
  return result;
}

CmaesModel::Means CmaesModel::means(const Constants& constants, const std::vector<CmaesPoint>& points) const {
  const std::size_t n = mean_.size();
  Means result{{}, std::vector<double>(n), std::vector<double>(n), std::vector<double>(n)};
  for (std::size_t i = 0; i < constants.weights.size(); ++i) {
    std::vector<double> y(n);
    for (std::size_t k = 0; k < n; ++k) y[k] = (points[i].place[k] - mean_[k]) / reach(k);
    std::vector<double> whitened = factor_.forward(y);
    const double length = norm(whitened);
    const double shorter = length > constants.longest ? constants.longest / length : 1.0;
    for (std::size_t k = 0; k < n; ++k) {
      y[k] *= shorter;
      result.all[k] += constants.weights[i] * y[k];
      if (points[i].applies[k]) result.applying[k] += constants.weights[i] * y[k];
      result.whitened[k] += constants.weights[i] * (whitened[k] * shorter);
    }
    result.steps.push_back(std::move(y));
  }
  return result;
}

CmaesModel CmaesModel::updated(const std::vector<CmaesPoint>& points) const {
  const std::size_t n = mean_.size();
  const Constants c(static_cast<double>(n));
  RONDO_CHECK(points.size() == cmaes_generation(n), "{} points", points.size());
  const Means found = means(c, points);
  CmaesModel next = *this;
  for (std::size_t k = 0; k < n; ++k) {
    const double mean = mean_[k] + reach(k) * found.applying[k];
    next.mean_[k] = std::min(std::max(mean, bounds_[k].least), bounds_[k].most);
    next.step_path_[k] =
        (1 - c.c_step) * step_path_[k] + std::sqrt(c.c_step * (2 - c.c_step) * c.mu) * found.whitened[k];
  }
  next.forgotten_ = forgotten_ * ((1 - c.c_step) * (1 - c.c_step));
  const double length = norm(next.step_path_);
  const bool short_path =
      length / std::sqrt(1 - next.forgotten_) < (1.4 + 2 / (static_cast<double>(n) + 1)) * c.chi;
  for (std::size_t k = 0; k < n; ++k) {
    next.covariance_path_[k] = (1 - c.c_path) * covariance_path_[k];
    if (short_path) {
      next.covariance_path_[k] += std::sqrt(c.c_path * (2 - c.c_path) * c.mu) * found.all[k];
    }
  }
  const double stays = (1 - c.c_one - c.c_mu) + (short_path ? 0.0 : c.c_one * (c.c_path * (2 - c.c_path)));
  for (std::size_t k = 0; k < n; ++k) {
    for (std::size_t j = 0; j <= k; ++j) {
      double mixed = 0;
      for (std::size_t i = 0; i < c.weights.size(); ++i) {
        mixed += c.weights[i] * (found.steps[i][k] * found.steps[i][j]);
      }
      next.covariance_[k][j] =
          (stays * covariance_[k][j] + c.c_one * (next.covariance_path_[k] * next.covariance_path_[j])) +
          c.c_mu * mixed;
    }
  }
  next.factor_ = Cholesky(next.covariance_, smallest_variance);
  const double growth = std::min(1.0, (c.c_step / c.damping) * (length / c.chi - 1));
  next.step_ = std::min(std::max(step_ * numerics::exp(growth), least_step), most_step);
  return next;
}

}  // namespace rondo::search
