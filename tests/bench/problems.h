// Closed-form functions laid over lists of choices, so that samplers of architectures can be compared with
// samplers of numbers: each axis is a setting with a long list, and what holds only sometimes is a setting
// that applies only sometimes. To be minimised.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "coordinator/search/space.h"
#include "rondo/experiment.pb.h"

namespace rondo::bench {

// A network seen as arguments.
class Point {
 public:
  Point(const search::Space& space, const search::Genome& genome) : space_(space), genome_(genome) {}
  [[nodiscard]] std::uint32_t index(std::uint32_t gene) const { return genome_[gene]; }
  // The gene's index as a number in [0, 1].
  [[nodiscard]] double share(std::uint32_t gene) const {
    return static_cast<double>(genome_[gene]) / static_cast<double>(space_.choices(gene) - 1);
  }
  // The same in [low, high].
  [[nodiscard]] double at(std::uint32_t gene, double low, double high) const {
    return low + (high - low) * share(gene);
  }

 private:
  const search::Space& space_;
  const search::Genome& genome_;
};

struct Problem {
  std::string name;
  proto::SearchSpace space;
  double least = 0;  // of the function, not of the grid: regret is what is above it
  std::function<double(const Point&)> value;
  // A second objective, to be minimised too, which takes the place of the parameters. Empty: there is none.
  std::function<std::uint64_t(const Point&)> cost{};
};

// What settings and rules are chosen by …
[[nodiscard]] std::vector<Problem> tuning_problems();
// … and what samplers are judged by. No function stands in both lists.
[[nodiscard]] std::vector<Problem> scoring_problems();
// The same for two objectives.
[[nodiscard]] std::vector<Problem> front_tuning_problems();
[[nodiscard]] std::vector<Problem> front_problems();

// One choice everywhere, no hidden layer.
[[nodiscard]] proto::SearchSpace single_choices();
// Lists of `count` values that ascend.
void set_learning_rates(proto::SearchSpace& space, std::uint32_t count);
void set_dropouts(proto::SearchSpace& space, std::uint32_t count);  // applies with hidden layers
void set_momenta(proto::SearchSpace& space, std::uint32_t count);   // applies with sgd
void set_decays(proto::SearchSpace& space, std::uint32_t count);    // applies with adamw
void set_batch_sizes(proto::SearchSpace& space, std::uint32_t count);
// Hidden layers of so many widths each; more than one number of layers makes widths conditional.
void set_layers(proto::SearchSpace& space, const std::vector<std::uint32_t>& layers, std::uint32_t widths);
// Lists without an order.
void set_activations(proto::SearchSpace& space, std::uint32_t count);  // at most 6
void set_optimizers(proto::SearchSpace& space);                        // adam, adamw, sgd
void set_initializations(proto::SearchSpace& space);                   // two

// Hartmann's family: -Σ_i scales_i · exp(-Σ_j widths_ij · (x_j - centres_ij)²).
struct Hartmann {
  std::vector<double> scales;
  std::vector<std::vector<double>> widths;
  std::vector<std::vector<double>> centres;
  [[nodiscard]] double value(const std::vector<double>& x) const;
};

}  // namespace rondo::bench
