// Optimizer::train() gives the bits of a pass, the way back and a step one after the other.
#include "worker/nn/optimizer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "common/random/draws.h"
#include "worker/nn/network.h"

namespace rondo::nn {
namespace {

constexpr std::size_t rows_of_steps = 32;
constexpr std::size_t inputs_of_steps = 6 * 5;
const random::Key key_of_steps(0x123);

struct Stack {
  const char* name;
  bool convolution;
  bool batch_norm;
  bool layer_norm;
  float dropout;
  proto::Activation activation;
};

proto::Architecture architecture_of(const Stack& stack, proto::OptimizerKind kind) {
  proto::Architecture architecture;
  if (stack.convolution) {
    proto::ConvolutionBlock& block = *architecture.add_convolutions();
    block.set_filters(5);
    block.set_kernel(3);
    block.set_pool(1);
  }
  for (const std::uint32_t units : {70U, 33U, 9U}) {
    proto::DenseBlock& block = *architecture.add_blocks();
    block.set_units(units);
    block.set_activation(stack.activation);
    block.set_batch_norm(stack.batch_norm);
    block.set_layer_norm(stack.layer_norm);
    block.set_dropout(stack.dropout);
  }
  proto::Optimizer& optimizer = *architecture.mutable_optimizer();
  optimizer.set_kind(kind);
  optimizer.set_learning_rate(0.02F);
  if (kind == proto::OPTIMIZER_KIND_ADAMW) optimizer.set_weight_decay(0.1F);
  if (kind == proto::OPTIMIZER_KIND_SGD) optimizer.set_momentum(0.9F);
  architecture.set_batch_size(rows_of_steps);
  return architecture;
}

// A network on its way, and how it takes a step.
struct Walk {
  Walk(const proto::Architecture& architecture, const kernels::Threads& threads)
      : network(architecture, {inputs_of_steps, 3, rows_of_steps, {6, 5, 1}}, proto::TASK_MULTICLASS,
                {.rows = rows_of_steps,
                 .training = true,
                 .slots = Optimizer::slots(architecture.optimizer()),
                 .threads = threads}),
        optimizer(architecture.optimizer()) {
    network.initialize(key_of_steps);
  }

  float walk(std::uint32_t step, bool at_once, std::size_t rows) {
    const random::Draws draws(key_of_steps, random::Stream::augmentation, 0, step);
    const std::span<float> x = network.inputs(rows);
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = 2 * draws.uniform_float(i) - 1;
    std::vector<std::uint32_t> classes(rows);
    for (std::size_t r = 0; r < rows; ++r) classes[r] = static_cast<std::uint32_t>((r + step) % 3);
    if (at_once) return optimizer.train(network, {classes, {}}, rows, key_of_steps, step);
    const float loss = network.train({classes, {}}, rows, key_of_steps, step);
    if (std::isfinite(loss)) optimizer.step(network);
    return loss;
  }

  std::vector<std::vector<float>> state() {
    std::vector<std::vector<float>> all;
    const auto keep = [&](std::span<const float> values) { all.emplace_back(values.begin(), values.end()); };
    for (std::size_t id = 0; id < network.tensors().size(); ++id) {
      keep(network.tensor(id));
      for (std::size_t slot = 0; slot < slots && trainable(network.tensors()[id].kind); ++slot)
        keep(network.slot(slot, id));
    }
    keep(optimizer.products());
    return all;
  }

  Network network;
  Optimizer optimizer;
  std::size_t slots = optimizer.products().empty() ? 1 : 2;
};

class AtOnce : public ::testing::TestWithParam<Stack> {};

TEST_P(AtOnce, StepsAreThoseOneAfterTheOther) {
  for (const proto::OptimizerKind kind :
       {proto::OPTIMIZER_KIND_ADAM, proto::OPTIMIZER_KIND_ADAMW, proto::OPTIMIZER_KIND_SGD}) {
    const proto::Architecture architecture = architecture_of(GetParam(), kind);
    for (const std::size_t count : {1U, 3U}) {
      SCOPED_TRACE(count);
      const kernels::Threads threads(count, kernels::Sharing::always);
      Walk at_once(architecture, threads);
      Walk apart(architecture, {});
      for (std::uint32_t step = 0; step < 5; ++step) {
        const std::size_t rows = step == 3 ? 5 : rows_of_steps;
        const float loss = at_once.walk(step, true, rows);
        EXPECT_EQ(loss, apart.walk(step, false, rows));
        EXPECT_TRUE(std::isfinite(loss));
        ASSERT_EQ(at_once.state(), apart.state()) << "after step " << step;
      }
    }
  }
}

TEST_P(AtOnce, NothingMovesWhereTheLossIsNotFinite) {
  const proto::Architecture architecture = architecture_of(GetParam(), proto::OPTIMIZER_KIND_ADAM);
  Walk walk(architecture, {});
  ASSERT_TRUE(std::isfinite(walk.walk(0, true, rows_of_steps)));
  const std::size_t output_bias = walk.network.tensors().size() - 1;
  walk.network.tensor(output_bias)[0] = std::numeric_limits<float>::infinity();
  const auto trained = [&] {
    std::vector<std::vector<float>> all;
    for (std::size_t id = 0; id < walk.network.tensors().size(); ++id) {
      if (!trainable(walk.network.tensors()[id].kind)) continue;
      const std::span<const float> values = walk.network.tensor(id);
      all.emplace_back(values.begin(), values.end());
    }
    const std::span<const float> products = walk.optimizer.products();
    all.emplace_back(products.begin(), products.end());
    return all;
  };
  const auto before = trained();
  EXPECT_FALSE(std::isfinite(walk.walk(1, true, rows_of_steps)));
  EXPECT_EQ(trained(), before);
}

constexpr Stack stacks[] = {
    {"bare", false, false, false, 0, proto::ACTIVATION_RELU},
    {"tanh_dropout", false, false, false, 0.25F, proto::ACTIVATION_TANH},
    {"batch_norm", false, true, false, 0, proto::ACTIVATION_GELU},
    {"layer_norm", false, false, true, 0.5F, proto::ACTIVATION_RELU},
    {"convolution", true, false, false, 0, proto::ACTIVATION_SOFTPLUS},
};
INSTANTIATE_TEST_SUITE_P(Stacks, AtOnce, ::testing::ValuesIn(stacks),
                         [](const auto& row) { return std::string(row.param.name); });

}  // namespace
}  // namespace rondo::nn
