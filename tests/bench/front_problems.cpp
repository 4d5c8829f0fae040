// Two objectives at a time: what nsga2's settings are chosen by, and what it is judged by. The second one
// takes the place of the parameters, in millionths.
#include <algorithm>
#include <cmath>

#include "tests/bench/problems.h"

namespace rondo::bench {

namespace {

using search::first_width;

constexpr double pi = 3.14159265358979323846;
constexpr std::uint32_t zdt_dimensions = 8;

std::uint64_t millionths(double value) {
  return static_cast<std::uint64_t>(std::llround(std::max(0.0, value) * 1e6));
}

// Zitzler, Deb and Thiele 2000: the first objective is x_0, the second g(x) · h(x_0, g). Here the second one
// is the score, and the first the cost.
template <class Shape>
Problem zdt(const char* name, Shape shape) {
  Problem problem{name, single_choices(), 0, {}, {}};
  set_layers(problem.space, {zdt_dimensions}, 51);
  problem.value = [shape](const Point& p) {
    double g = 1;
    for (std::uint32_t k = 1; k < zdt_dimensions; ++k)
      g += 9 * p.share(first_width + k) / (zdt_dimensions - 1);
    return g * shape(p.share(first_width), g);
  };
  problem.cost = [](const Point& p) { return millionths(p.share(first_width)); };
  return problem;
}

// As a network does: the error falls with every layer's width, but only under a good rate of learning, and
// deeper networks want a smaller one; the cost is that of the weights. Widths are conditional on depth.
Problem network_like() {
  Problem problem{"network", single_choices(), 0, {}, {}};
  set_layers(problem.space, {1, 2, 3, 4}, 31);
  set_learning_rates(problem.space, 31);
  set_batch_sizes(problem.space, 11);
  problem.value = [](const Point& p) {
    const std::uint32_t layers = p.index(search::gene_dense_layers) + 1;
    double capacity = 0;
    for (std::uint32_t k = 0; k < layers; ++k) capacity += p.share(first_width + k) / (1 + 0.5 * k);
    const double rate = p.share(search::gene_learning_rate) - 0.7 + 0.1 * layers;
    return std::exp(-1.5 * capacity) + 3 * rate * rate + 0.1 * p.share(search::gene_batch_size);
  };
  problem.cost = [](const Point& p) {
    double weights = 0;
    double before = 0.3;
    for (std::uint32_t k = 0; k <= p.index(search::gene_dense_layers); ++k) {
      const double width = 0.05 + p.share(first_width + k);
      weights += before * width;
      before = width;
    }
    return millionths(weights / 4);
  };
  return problem;
}

// Fonseca and Fleming 1995, over [-4, 4].
Problem fonseca() {
  Problem problem{"fonseca", single_choices(), 0, {}, {}};
  set_layers(problem.space, {4}, 81);
  const auto hill = [](const Point& p, double top) {
    double squares = 0;
    for (std::uint32_t k = 0; k < 4; ++k) {
      const double x = p.at(first_width + k, -4, 4) - top;
      squares += x * x;
    }
    return 1 - std::exp(-squares);
  };
  problem.value = [hill](const Point& p) { return hill(p, 0.5); };
  problem.cost = [hill](const Point& p) { return millionths(hill(p, -0.5)); };
  return problem;
}

// Kursawe 1991, over [-5, 5]; the second objective, from -12 to 23, is brought to [0, 1].
Problem kursawe() {
  Problem problem{"kursawe", single_choices(), -20, {}, {}};
  set_layers(problem.space, {3}, 101);
  const auto x = [](const Point& p, std::uint32_t k) { return p.at(first_width + k, -5, 5); };
  problem.value = [x](const Point& p) {
    double total = 0;
    for (std::uint32_t k = 0; k < 2; ++k) {
      total -= 10 * std::exp(-0.2 * std::sqrt(x(p, k) * x(p, k) + x(p, k + 1) * x(p, k + 1)));
    }
    return total;
  };
  problem.cost = [x](const Point& p) {
    double total = 0;
    for (std::uint32_t k = 0; k < 3; ++k) {
      const double here = x(p, k);
      total += std::pow(std::abs(here), 0.8) + 5 * std::sin(here * here * here);
    }
    return millionths((total + 12) / 35);
  };
  return problem;
}

// Every layer that is there can be right or wrong, and every one costs.
Problem layered() {
  Problem problem{"layered", single_choices(), 0, {}, {}};
  set_layers(problem.space, {1, 2, 3, 4, 5}, 21);
  set_optimizers(problem.space);
  problem.value = [](const Point& p) {
    double total = p.index(search::gene_optimizer) == 1 ? 0 : 0.1;
    for (std::uint32_t k = 0; k < 5; ++k) {
      const double off = p.share(first_width + k) - 0.9 + 0.15 * k;
      total += k <= p.index(search::gene_dense_layers) ? off * off : 0.4 - 0.05 * k;
    }
    return total;
  };
  problem.cost = [](const Point& p) {
    double total = 0;
    for (std::uint32_t k = 0; k <= p.index(search::gene_dense_layers); ++k) {
      total += 0.05 + 0.15 * p.share(first_width + k);
    }
    return millionths(total);
  };
  return problem;
}

}  // namespace

std::vector<Problem> front_tuning_problems() {
  return {fonseca(), kursawe(), layered()};
}

std::vector<Problem> front_problems() {
  std::vector<Problem> problems;
  problems.push_back(zdt("zdt1", [](double x, double g) { return 1 - std::sqrt(x / g); }));
  problems.push_back(zdt("zdt2", [](double x, double g) { return 1 - (x / g) * (x / g); }));
  problems.push_back(
      zdt("zdt3", [](double x, double g) { return 1 - std::sqrt(x / g) - x / g * std::sin(10 * pi * x); }));
  problems.push_back(network_like());
  return problems;
}

}  // namespace rondo::bench
