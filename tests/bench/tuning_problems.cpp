// What settings and rules of the samplers are chosen by.
#include <cmath>

#include "tests/bench/problems.h"

namespace rondo::bench {

namespace {

using search::first_width;

constexpr double turn = 6.28318530717958647692;

Problem hartmann_3() {
  Problem problem{"hartmann3", single_choices(), -3.86278, {}};
  set_layers(problem.space, {3}, 101);
  const Hartmann function{{1.0, 1.2, 3.0, 3.2},
                          {{3, 10, 30}, {0.1, 10, 35}, {3, 10, 30}, {0.1, 10, 35}},
                          {{0.3689, 0.1170, 0.2673},
                           {0.4699, 0.4387, 0.7470},
                           {0.1091, 0.8732, 0.5547},
                           {0.0381, 0.5743, 0.8828}}};
  problem.value = [function](const Point& p) {
    return function.value({p.share(first_width), p.share(first_width + 1), p.share(first_width + 2)});
  };
  return problem;
}

Problem ackley_5() {
  Problem problem{"ackley5", single_choices(), 0, {}};
  set_layers(problem.space, {5}, 101);
  problem.value = [](const Point& p) {
    double squares = 0;
    double waves = 0;
    for (std::uint32_t k = 0; k < 5; ++k) {
      const double x = p.at(first_width + k, -7, 13);
      squares += x * x / 5;
      waves += std::cos(turn * x) / 5;
    }
    return 20 + std::exp(1) - 20 * std::exp(-0.2 * std::sqrt(squares)) - std::exp(waves);
  };
  return problem;
}

Problem six_hump_camel() {
  Problem problem{"camel", single_choices(), -1.031628, {}};
  set_learning_rates(problem.space, 101);
  set_batch_sizes(problem.space, 101);
  problem.value = [](const Point& p) {
    const double x = p.at(search::gene_learning_rate, -3, 3);
    const double y = p.at(search::gene_batch_size, -2, 2);
    return (4 - 2.1 * x * x + x * x * x * x / 3) * x * x + x * y + (4 * y * y - 4) * y * y;
  };
  return problem;
}

Problem styblinski_4() {
  Problem problem{"styblinski4", single_choices(), -39.16617 * 4, {}};
  set_layers(problem.space, {4}, 101);
  problem.value = [](const Point& p) {
    double total = 0;
    for (std::uint32_t k = 0; k < 4; ++k) {
      const double x = p.at(first_width + k, -5, 5);
      total += (x * x * x * x - 16 * x * x + 5 * x) / 2;
    }
    return total;
  };
  return problem;
}

// An uneven bowl, twisted so that its axes are not the settings'.
Problem twisted_bowl() {
  Problem problem{"bowl6", single_choices(), 0, {}};
  set_layers(problem.space, {6}, 51);
  problem.value = [](const Point& p) {
    double total = 0;
    for (std::uint32_t k = 0; k < 6; ++k) {
      const double here = p.share(first_width + k) - 0.1 * (k + 2);
      const double next = p.share(first_width + (k + 1) % 6) - 0.1 * ((k + 1) % 6 + 2);
      total += (1 << k) * (here - 0.6 * next) * (here - 0.6 * next);
    }
    return total;
  };
  return problem;
}

// Bowls of which a list without order chooses one, beside settings of little weight.
Problem mixed_bowls() {
  Problem problem{"bowls_mixed", single_choices(), 0, {}};
  set_layers(problem.space, {2}, 31);
  set_activations(problem.space, 5);
  set_initializations(problem.space);
  set_learning_rates(problem.space, 21);
  set_dropouts(problem.space, 5);
  problem.value = [](const Point& p) {
    constexpr double centres[] = {0.2, 0.9, 0.5, 0.35, 0.7};
    const std::uint32_t kind = p.index(search::gene_activation);
    const double x = p.share(first_width) - centres[kind];
    const double y = p.share(first_width + 1) - 0.6;
    const double rate = p.share(search::gene_learning_rate) - 0.75;
    return 3 * x * x + y * y + 2 * rate * rate + 0.3 * (kind == 3 ? 0 : 1 + kind % 2) +
           0.1 * p.share(search::gene_dropout) + (p.index(search::gene_initialization) == 1 ? 0.0 : 0.2);
  };
  return problem;
}

// What a training run resembles: depth, a rate with a cliff, settings of one optimizer.
Problem like_training() {
  Problem problem{"training", single_choices(), 0, {}};
  set_layers(problem.space, {1, 2, 3}, 8);
  set_optimizers(problem.space);
  set_learning_rates(problem.space, 15);
  set_momenta(problem.space, 5);
  set_decays(problem.space, 5);
  set_dropouts(problem.space, 4);
  set_activations(problem.space, 3);
  problem.value = [](const Point& p) {
    const std::uint32_t layers = p.index(search::gene_dense_layers) + 1;
    double width = 0;
    for (std::uint32_t k = 0; k < layers; ++k) width += std::abs(p.share(first_width + k) - 0.7) / layers;
    const std::uint32_t kind = p.index(search::gene_optimizer);
    const double rate = p.share(search::gene_learning_rate) - (kind == 2 ? 0.8 : 0.5);
    const double own = kind == 2   ? 0.4 * std::abs(p.share(search::gene_momentum) - 0.75)
                       : kind == 1 ? 0.2 * std::abs(p.share(search::gene_weight_decay) - 0.25)
                                   : 0.1;
    return width + (rate > 0.2 ? 3.0 : 4 * rate * rate) + own + 0.15 * (3 - layers) +
           0.2 * p.share(search::gene_dropout) + (p.index(search::gene_activation) == 1 ? 0 : 0.1);
  };
  return problem;
}

}  // namespace

std::vector<Problem> tuning_problems() {
  return {hartmann_3(),   ackley_5(),    six_hump_camel(), styblinski_4(),
          twisted_bowl(), mixed_bowls(), like_training()};
}

}  // namespace rondo::bench
