// A Gaussian process over genomes: Matérn-5/2, a length for each gene, noise. GP.md defines it, operation by
// operation.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "coordinator/search/cholesky.h"

namespace rondo::search {

// Places of trials, gene by gene: column[d][i] is where trial i stands on gene d.
struct GpColumn {
  bool ordered = true;         // else two places are the same or not
  std::vector<double> places;  // ordered: in [0, 1]
};
using GpColumns = std::vector<GpColumn>;

// Natural logarithms.
struct GpLengths {
  std::vector<double> lengths;  // by gene
  double noise = 0;             // variance, relative to the signal's
};

// Where a fit starts: the centres of the priors.
[[nodiscard]] GpLengths prior_lengths(std::size_t genes);

// `rounds` steps of resilient propagation (Rprop, with the sign of the slope alone) up the logarithm of the
// posterior, from `start`, the first step being `step`. `values` have mean 0.
[[nodiscard]] GpLengths fitted(const GpColumns& columns, const std::vector<double>& values, GpLengths start,
                               double step, std::uint32_t rounds);

class GpModel {
 public:
  // Trials behind the last value are believed to turn out as predicted: they narrow the variance and move no
  // mean.
  GpModel(GpColumns columns, const std::vector<double>& values, const GpLengths& lengths);

  struct Predictions {
    std::vector<double> means;
    std::vector<double> deviations;  // above 0
  };
  // Of the noiseless function at each of `count` places.
  [[nodiscard]] Predictions predict(const GpColumns& places, std::size_t count) const;

 private:
  GpColumns columns_;
  std::vector<double> weights_;  // by gene: 1 / length²
  Cholesky factor_;
  std::vector<double> alpha_;  // K⁻¹ · values
  double scale_ = 1;           // the signal's variance
};

}  // namespace rondo::search
