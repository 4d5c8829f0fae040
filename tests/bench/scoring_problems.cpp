// What samplers are judged by. Nothing is tuned on these.
#include <cmath>

#include "tests/bench/problems.h"

namespace rondo::bench {

namespace {

using search::first_width;

constexpr double pi = 3.14159265358979323846;

double branin(double x, double y) {
  const double bend = y - 5.1 / (4 * pi * pi) * x * x + 5 / pi * x - 6;
  return bend * bend + 10 * (1 - 1 / (8 * pi)) * std::cos(x) + 10;
}

double rosenbrock(const std::vector<double>& x) {
  double total = 0;
  for (std::size_t i = 0; i + 1 < x.size(); ++i) {
    const double bend = x[i + 1] - x[i] * x[i];
    total += 100 * bend * bend + (1 - x[i]) * (1 - x[i]);
  }
  return total;
}

std::vector<double> widths_of(const Point& point, std::uint32_t count, double low, double high) {
  std::vector<double> x;
  for (std::uint32_t k = 0; k < count; ++k) x.push_back(point.at(first_width + k, low, high));
  return x;
}

Problem branin_2() {
  Problem problem{"branin", single_choices(), 0.397887, {}};
  set_learning_rates(problem.space, 101);
  set_batch_sizes(problem.space, 101);
  problem.value = [](const Point& p) {
    return branin(p.at(search::gene_learning_rate, -5, 10), p.at(search::gene_batch_size, 0, 15));
  };
  return problem;
}

Problem hartmann_6() {
  Problem problem{"hartmann6", single_choices(), -3.32237, {}};
  set_layers(problem.space, {6}, 101);
  const Hartmann function{{1.0, 1.2, 3.0, 3.2},
                          {{10, 3, 17, 3.5, 1.7, 8},
                           {0.05, 10, 17, 0.1, 8, 14},
                           {3, 3.5, 1.7, 10, 17, 8},
                           {17, 8, 0.05, 10, 0.1, 14}},
                          {{0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886},
                           {0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991},
                           {0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.6650},
                           {0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381}}};
  problem.value = [function](const Point& p) { return function.value(widths_of(p, 6, 0, 1)); };
  return problem;
}

Problem rosenbrock_4() {
  Problem problem{"rosenbrock4", single_choices(), 0, {}};
  set_layers(problem.space, {4}, 81);  // 1 is on the grid
  problem.value = [](const Point& p) { return rosenbrock(widths_of(p, 4, -2, 2)); };
  return problem;
}

// Branin with two lists that have no order: each choice shifts it, one of them not at all.
Problem mixed_branin() {
  Problem problem{"branin_mixed", single_choices(), 0.397887, {}};
  set_learning_rates(problem.space, 101);
  set_batch_sizes(problem.space, 101);
  set_layers(problem.space, {1}, 1);
  set_activations(problem.space, 6);
  set_initializations(problem.space);
  problem.value = [](const Point& p) {
    constexpr double lifts[] = {12, 3, 25, 0, 7, 40};
    const double turn = p.index(search::gene_initialization) == 0 ? 1.0 : 0.6;
    return branin(p.at(search::gene_learning_rate, -5, 10), turn * p.at(search::gene_batch_size, 0, 15)) +
           lifts[p.index(search::gene_activation)] + (turn < 1 ? 2.0 : 0.0);
  };
  return problem;
}

// Rosenbrock over as many widths as there are layers; fewer layers cost a constant.
Problem conditional_rosenbrock() {
  Problem problem{"rosenbrock_layers", single_choices(), 0, {}};
  set_layers(problem.space, {1, 2, 3, 4}, 41);
  problem.value = [](const Point& p) {
    const std::uint32_t layers = p.index(search::gene_dense_layers) + 1;
    const std::vector<double> x = widths_of(p, layers, -2, 2);
    const double first = (x[0] - 1) * (x[0] - 1);
    return (layers == 1 ? first : rosenbrock(x)) + 3.0 * (4 - layers);
  };
  return problem;
}

// Another function for each optimizer, of the setting that it alone has.
Problem conditional_optimizers() {
  Problem problem{"branin_optimizers", single_choices(), 0.397887, {}};
  set_optimizers(problem.space);
  set_learning_rates(problem.space, 101);
  set_momenta(problem.space, 101);
  set_decays(problem.space, 101);
  problem.value = [](const Point& p) {
    const double x = p.share(search::gene_learning_rate);
    if (p.index(search::gene_optimizer) == 1) {
      return branin(15 * x - 5, p.at(search::gene_weight_decay, 0, 15));
    }
    if (p.index(search::gene_optimizer) == 2) {
      return 4 + 30 * std::abs(x - 0.3) + 20 * std::abs(p.share(search::gene_momentum) - 0.8);
    }
    return 6 + 40 * (x - 0.7) * (x - 0.7);
  };
  return problem;
}

// A setting of many that decides, among others that do not matter.
Problem idle_axes() {
  Problem problem{"branin_idle", single_choices(), 0.397887, {}};
  set_learning_rates(problem.space, 51);
  set_batch_sizes(problem.space, 51);
  set_dropouts(problem.space, 11);
  set_layers(problem.space, {4}, 11);
  set_initializations(problem.space);
  problem.value = [](const Point& p) {
    return branin(p.at(search::gene_learning_rate, -5, 10), p.at(search::gene_batch_size, 0, 15));
  };
  return problem;
}

}  // namespace

std::vector<Problem> scoring_problems() {
  return {branin_2(),
          hartmann_6(),
          rosenbrock_4(),
          mixed_branin(),
          idle_axes(),
          conditional_rosenbrock(),
          conditional_optimizers()};
}

}  // namespace rondo::bench
