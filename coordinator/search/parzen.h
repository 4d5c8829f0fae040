// Parzen estimators over lists of choices: a kernel around each observation and a flat prior, each spread
// over the indices of a list. README.md has the definition, operation by operation.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "common/random/draws.h"

namespace rondo::search {

// Weights of n observations, the oldest first: 1, and for all but the newest 25 a ramp that starts at 1 / n.
[[nodiscard]] std::vector<double> age_weights(std::size_t count);

// One setting's list.
struct Choices {
  std::uint32_t gene = 0;  // addresses the draws
  std::uint32_t count = 1;
  bool ordered = false;  // neighbours resemble each other
};

// The mass of each index, the sum over kernels of weight times kernel; `observed` has the oldest first. Not
// normalised: neither a draw nor a comparison needs it.
[[nodiscard]] std::vector<double> masses(const Choices& choices, std::span<const std::uint32_t> observed);

// The first index at which the running sum of `masses` exceeds u times their sum; u in [0, 1).
[[nodiscard]] std::uint32_t pick(std::span<const double> masses, double u);

// Several settings together: a kernel is a product over the settings.
class JointParzen {
 public:
  // observed[d][i]: index of setting d in observation i, the oldest first.
  JointParzen(std::span<const Choices> choices, std::span<const std::vector<std::uint32_t>> observed);

  // Candidate k: a kernel by uniform k of `kernels`, then each index from it by `values` at its gene's
  // address.
  [[nodiscard]] std::vector<std::uint32_t> draw(std::uint32_t k, const random::Draws& kernels,
                                                const random::Draws& values) const;
  [[nodiscard]] double mass(std::span<const std::uint32_t> indices) const;

 private:
  [[nodiscard]] std::span<const double> kernel(std::size_t setting, std::size_t observation) const;

  std::vector<Choices> choices_;
  std::vector<double> weights_;                     // the prior's is the last
  std::vector<std::vector<std::uint32_t>> places_;  // by setting and observation; the prior's is the count
  std::vector<std::vector<double>> kernels_;        // by setting: (count + 1) rows of count masses
};

// Where `values` hold the uniform for candidate k of a gene.
[[nodiscard]] std::uint64_t value_element(std::uint32_t gene, std::uint32_t k);

}  // namespace rondo::search
