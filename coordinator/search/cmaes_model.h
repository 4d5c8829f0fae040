// The normal distribution of CMA-ES and how a generation moves it (N. Hansen, "The CMA Evolution Strategy: A
// Tutorial", 2016, without its negative weights), with C kept by its Cholesky factor. CMAES.md defines it,
// operation by operation.
#pragma once

#include <cstddef>
#include <vector>

#include "coordinator/search/cholesky.h"

namespace rondo::search {

// What a coordinate stays within.
struct CmaesBounds {
  double least = 0;   // of the mean
  double most = 1;    // of the mean
  double spread = 0;  // least deviation of a draw, above 0
};

// A draw, and which of its coordinates said something about its network.
struct CmaesPoint {
  std::vector<double> place;  // in [0, 1] each
  std::vector<bool> applies;
};

// Trials of a generation.
[[nodiscard]] std::size_t cmaes_generation(std::size_t coordinates);

class CmaesModel {
 public:
  // Around the middle, at least one coordinate.
  explicit CmaesModel(std::vector<CmaesBounds> bounds);

  // The place of standard normal draws, one for each coordinate.
  [[nodiscard]] std::vector<double> place(const std::vector<double>& normals) const;
  // The model after a generation of cmaes_generation() points, the best first, wherever they were drawn.
  [[nodiscard]] CmaesModel updated(const std::vector<CmaesPoint>& points) const;

  [[nodiscard]] const std::vector<double>& mean() const { return mean_; }
  [[nodiscard]] double step() const { return step_; }
  // Of C, lower triangle by rows.
  [[nodiscard]] const std::vector<std::vector<double>>& covariance() const { return covariance_; }

 private:
  struct Constants;
  struct Means;
  [[nodiscard]] Means means(const Constants& constants, const std::vector<CmaesPoint>& points) const;
  // How far a coordinate's draws reach, in units of y.
  [[nodiscard]] double reach(std::size_t coordinate) const;

  std::vector<CmaesBounds> bounds_;
  std::vector<double> mean_;
  double step_;
  std::vector<std::vector<double>> covariance_;
  std::vector<double> step_path_;
  std::vector<double> covariance_path_;
  double forgotten_ = 1;  // (1 - c_σ)^2g after g generations
  Cholesky factor_;
};

}  // namespace rondo::search
