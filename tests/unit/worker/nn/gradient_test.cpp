// Gradients of whole small networks against central differences of the double reference (reference.h).
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "common/random/draws.h"
#include "tests/unit/worker/nn/reference.h"
#include "worker/nn/network.h"

namespace rondo::nn {
namespace {

constexpr double epsilon = test::norm_epsilon;
constexpr std::size_t classes = 3;
constexpr std::uint32_t step = 7;
const random::Key key(0x1234);

struct Case {
  std::string name;
  proto::Activation activation;
  bool batch_norm;
  float dropout;
  proto::Task task;
  int blocks;
  std::size_t rows;
  bool layer_norm = false;
  // Convolutions of an image, in front of the blocks.
  int convolutions = 0;
  ImageShape image{};
  bool separable = false;
  std::uint32_t pool = 1;
  bool average = false;
};

void PrintTo(const Case& c, std::ostream* out) {
  *out << c.name;
}

proto::Architecture architecture_of(const Case& c) {
  proto::Architecture architecture;
  for (int i = 0; i < c.convolutions; ++i) {
    proto::ConvolutionBlock& block = *architecture.add_convolutions();
    block.set_filters(static_cast<std::uint32_t>(3 + i));
    block.set_kernel(i == 0 ? 3 : 5);
    block.set_separable(c.separable);
    block.set_batch_norm(c.batch_norm);
    block.set_activation(c.activation);
    block.set_pool(c.pool);
    block.set_dropout(c.dropout);
  }
  architecture.set_global_average(c.average);
  for (int i = 0; i < c.blocks; ++i) {
    proto::DenseBlock& block = *architecture.add_blocks();
    block.set_units(static_cast<std::uint32_t>(6 - i));
    block.set_activation(c.activation);
    block.set_batch_norm(c.batch_norm);
    block.set_layer_norm(c.layer_norm);
    block.set_dropout(c.dropout);
  }
  architecture.mutable_optimizer()->set_learning_rate(0.01F);
  architecture.set_batch_size(32);
  return architecture;
}

ProblemShape shape_of(const Case& c) {
  const std::size_t inputs = c.image.exists() ? c.image.height * c.image.width * c.image.channels : 5;
  return {inputs, c.task == proto::TASK_MULTICLASS ? classes : 1, c.rows, c.image};
}

// Deterministic values in [-1, 1), the same in float and in double.
float noise(std::uint32_t tensor, std::size_t element) {
  return 2 * random::Draws(random::Key(99), random::Stream::augmentation, tensor, 0).uniform_float(element) -
         1;
}

// Rule of NUMERICS.md: element (row · units + unit) of stream dropout, tensor = number of the block from 1,
// is dropped when its word is below ⌊p · 2³²⌋; what is kept is scaled by 1 / (1 - p).
test::Matrix mask_of(float dropout, std::size_t units, std::uint32_t number, std::size_t rows) {
  if (dropout == 0) return {};
  const random::Draws draws(key, random::Stream::dropout, number, step);
  const double threshold = std::floor(static_cast<double>(dropout) * 4294967296.0);
  test::Matrix mask(rows, std::vector<double>(units, 0.0));
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t u = 0; u < units; ++u) {
      const double word = draws.word(r * units + u);
      if (word >= threshold) mask[r][u] = 1 / (1 - static_cast<double>(dropout));
    }
  }
  return mask;
}

// One for every block that has dropout, convolutions first.
std::vector<test::Matrix> masks_of(const proto::Architecture& architecture, const ImageShape& image,
                                   std::size_t rows) {
  std::vector<test::Matrix> masks;
  const auto add = [&](float dropout, std::size_t units) {
    masks.push_back(mask_of(dropout, units, static_cast<std::uint32_t>(masks.size()) + 1, rows));
  };
  for (const ConvolutionShape& shape : convolution_shapes(architecture, image)) {
    add(architecture.convolutions(static_cast<int>(masks.size())).dropout(),
        shape.pooled_height * shape.pooled_width * shape.filters);
  }
  for (const proto::DenseBlock& block : architecture.blocks()) add(block.dropout(), block.units());
  return masks;
}

struct Problem {
  test::ReferenceBatch reference;
  std::vector<std::uint32_t> classes;
  std::vector<float> values;
};

Problem problem_of(const Case& c, const proto::Architecture& architecture, std::span<float> to) {
  Problem problem;
  const std::size_t inputs = to.size() / c.rows;
  problem.reference.inputs.assign(c.rows, std::vector<double>(inputs));
  for (std::size_t r = 0; r < c.rows; ++r) {
    for (std::size_t k = 0; k < inputs; ++k) {
      to[r * inputs + k] = noise(1000, r * inputs + k);
      problem.reference.inputs[r][k] = static_cast<double>(to[r * inputs + k]);
    }
    if (c.task == proto::TASK_REGRESSION) {
      problem.values.push_back(noise(1001, r));
      problem.reference.values.push_back(static_cast<double>(problem.values.back()));
    } else {
      problem.classes.push_back(
          static_cast<std::uint32_t>(r * 7 % (c.task == proto::TASK_BINARY ? 2 : classes)));
    }
  }
  problem.reference.classes = problem.classes;
  problem.reference.masks = masks_of(architecture, c.image, c.rows);
  return problem;
}

// Random values everywhere, so that no gradient vanishes for a reason of symmetry.
std::vector<std::vector<double>> randomise(Network& network) {
  std::vector<std::vector<double>> tensors;
  for (std::size_t id = 0; id < network.tensors().size(); ++id) {
    const std::span<float> tensor = network.tensor(id);
    for (std::size_t i = 0; i < tensor.size(); ++i) {
      tensor[i] = noise(static_cast<std::uint32_t>(id), i);
      if (network.tensors()[id].kind == TensorKind::gamma) tensor[i] += 1.5F;
      if (!trainable(network.tensors()[id].kind)) tensor[i] = 1;
    }
    tensors.emplace_back(tensor.begin(), tensor.end());
  }
  return tensors;
}

class Gradient : public ::testing::TestWithParam<Case> {};

TEST_P(Gradient, MatchesCentralDifferences) {
  const Case& c = GetParam();
  const proto::Architecture architecture = architecture_of(c);
  Network network(architecture, shape_of(c), c.task, Room{.rows = c.rows, .training = true, .slots = 0});
  std::vector<std::vector<double>> tensors = randomise(network);
  const Problem problem = problem_of(c, architecture, network.inputs(c.rows));
  const auto reference_loss = [&] {
    return test::training_loss(architecture, c.task, c.image, tensors, problem.reference, epsilon);
  };
  const float loss = network.train({problem.classes, problem.values}, c.rows, key, step);
  EXPECT_NEAR(static_cast<double>(loss), reference_loss(), 2e-6);

  constexpr double h = 1e-5;
  for (std::size_t id = 0; id < tensors.size(); ++id) {
    if (!trainable(network.tensors()[id].kind)) continue;
    const std::span<const float> gradient = network.gradient(id);
    double largest = 0;
    for (std::size_t i = 0; i < tensors[id].size(); ++i) {
      const double value = tensors[id][i];
      tensors[id][i] = value + h;
      const double above = reference_loss();
      tensors[id][i] = value - h;
      const double below = reference_loss();
      tensors[id][i] = value;
      const double expected = (above - below) / (2 * h);
      EXPECT_NEAR(static_cast<double>(gradient[i]), expected, 4e-6)
          << network.tensors()[id].name << " [" << i << "]";
      largest = std::max(largest, std::abs(expected));
    }
    // A bias in front of batch norm, or of a channel that is normalised by it later, changes nothing; every
    // other tensor must have something to compare.
    const bool normalised =
        c.batch_norm && network.tensors()[id].kind == TensorKind::bias && id + 1 < tensors.size();
    if (!normalised) {
      EXPECT_GT(largest, 1e-3) << network.tensors()[id].name;
    }
  }
}

std::vector<Case> cases() {
  std::vector<Case> list;
  const std::vector<std::pair<std::string, proto::Activation>> activations = {
      {"relu", proto::ACTIVATION_RELU},         {"tanh", proto::ACTIVATION_TANH},
      {"sigmoid", proto::ACTIVATION_SIGMOID},   {"gelu", proto::ACTIVATION_GELU},
      {"softplus", proto::ACTIVATION_SOFTPLUS}, {"gelu_tanh", proto::ACTIVATION_GELU_TANH}};
  const std::vector<std::pair<std::string, proto::Task>> tasks = {{"binary", proto::TASK_BINARY},
                                                                  {"multiclass", proto::TASK_MULTICLASS},
                                                                  {"regression", proto::TASK_REGRESSION}};
  for (const auto& [activation_name, activation] : activations) {
    for (const auto& [task_name, task] : tasks) {
      for (const bool batch_norm : {false, true}) {
        for (const float dropout : {0.0F, 0.25F}) {
          const std::string name = activation_name + "_" + task_name + (batch_norm ? "_norm" : "") +
                                   (dropout > 0 ? "_dropout" : "");
          list.push_back({name, activation, batch_norm, dropout, task, 2, 19});
        }
      }
    }
  }
  list.push_back({"no_block", proto::ACTIVATION_RELU, false, 0, proto::TASK_MULTICLASS, 0, 19});
  list.push_back({"one_row", proto::ACTIVATION_TANH, false, 0, proto::TASK_BINARY, 2, 1});
  list.push_back({"three_blocks", proto::ACTIVATION_GELU, true, 0.5F, proto::TASK_MULTICLASS, 3, 33});
  list.push_back({.name = "layer_norm",
                  .activation = proto::ACTIVATION_TANH,
                  .batch_norm = false,
                  .dropout = 0.25F,
                  .task = proto::TASK_MULTICLASS,
                  .blocks = 2,
                  .rows = 19,
                  .layer_norm = true});
  return list;
}

// Smooth activations, and no value near another in a window: a step of a central difference must not change
// which is the largest.
std::vector<Case> image_cases() {
  const Case plain{.name = "convolution",
                   .activation = proto::ACTIVATION_TANH,
                   .batch_norm = false,
                   .dropout = 0,
                   .task = proto::TASK_MULTICLASS,
                   .blocks = 1,
                   .rows = 6,
                   .convolutions = 2,
                   .image = {5, 4, 2}};
  std::vector<Case> list = {plain};
  const auto add = [&](const char* name, const auto& change) {
    list.push_back(plain);
    list.back().name = name;
    change(list.back());
  };
  add("pooled", [](Case& c) { c.pool = 2; });
  // No window's largest is near another or near 0 with these numbers.
  add("relu_pooled", [](Case& c) {
    c.pool = 2;
    c.activation = proto::ACTIVATION_RELU;
  });
  add("relu_pooled_norm_separable_dropout", [](Case& c) {
    c.separable = c.batch_norm = true;
    c.pool = 3;
    c.dropout = 0.25F;
    c.activation = proto::ACTIVATION_RELU;
  });
  add("separable", [](Case& c) { c.separable = true; });
  add("separable_pooled_norm_dropout", [](Case& c) {
    c.separable = c.batch_norm = true;
    c.pool = 3;
    c.dropout = 0.25F;
  });
  add("norm", [](Case& c) { c.batch_norm = true; });
  add("average", [](Case& c) { c.average = true; });
  add("average_pooled_dropout", [](Case& c) {
    c.average = true;
    c.pool = 2;
    c.dropout = 0.5F;
    c.activation = proto::ACTIVATION_SOFTPLUS;
  });
  add("alone", [](Case& c) { c.blocks = 0; });
  add("one_pooled", [](Case& c) {
    c.convolutions = 1;
    c.pool = 2;
    c.task = proto::TASK_REGRESSION;
    c.activation = proto::ACTIVATION_GELU_TANH;
  });
  add("series", [](Case& c) {
    c.image = {1, 13, 2};
    c.pool = 2;
    c.task = proto::TASK_BINARY;
  });
  add("series_separable_average", [](Case& c) {
    c.image = {1, 9, 3};
    c.separable = c.average = c.batch_norm = true;
  });
  add("layer_norm_behind", [](Case& c) { c.layer_norm = true; });
  add("smaller_than_its_window", [](Case& c) { c.image = {2, 1, 3}; });
  return list;
}

INSTANTIATE_TEST_SUITE_P(Networks, Gradient, ::testing::ValuesIn(cases()),
                         [](const auto& row) { return row.param.name; });

INSTANTIATE_TEST_SUITE_P(Images, Gradient, ::testing::ValuesIn(image_cases()),
                         [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace rondo::nn
