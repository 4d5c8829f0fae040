#include "worker/nn/tensors.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "worker/nn/blocks.h"
#include "worker/nn/network.h"
#include "worker/nn/optimizer.h"

namespace rondo::nn {
namespace {

proto::Architecture two_blocks() {
  proto::Architecture architecture;
  architecture.add_blocks()->set_units(4);
  proto::DenseBlock& second = *architecture.add_blocks();
  second.set_units(3);
  second.set_batch_norm(true);
  architecture.set_batch_size(8);
  architecture.mutable_optimizer()->set_learning_rate(0.5F);
  return architecture;
}

// Names and order are part of digests, seeds and model files: a change here is a change of versions.
TEST(CanonicalTensors, AreInAFixedOrderWithFixedNames) {
  const std::vector<std::pair<std::string, std::vector<std::uint32_t>>> expected = {
      {"dense_1/weights", {5, 4}},        {"dense_1/bias", {4}},
      {"dense_2/weights", {4, 3}},        {"dense_2/bias", {3}},
      {"batch_norm_2/gamma", {3}},        {"batch_norm_2/beta", {3}},
      {"batch_norm_2/running_mean", {3}}, {"batch_norm_2/running_variance", {3}},
      {"output/weights", {3, 2}},         {"output/bias", {2}}};
  const std::vector<TensorSpec> tensors = canonical_tensors(two_blocks(), {5, 2, 100});
  ASSERT_EQ(tensors.size(), expected.size());
  for (std::size_t id = 0; id < tensors.size(); ++id) {
    EXPECT_EQ(tensors[id].name, expected[id].first);
    EXPECT_EQ(tensors[id].shape, expected[id].second);
  }
}

// A separable convolution with batch norm, a plain one, a dense block with layer norm.
proto::Architecture image_network() {
  proto::Architecture architecture;
  proto::ConvolutionBlock& first = *architecture.add_convolutions();
  first.set_filters(4);
  first.set_kernel(3);
  first.set_separable(true);
  first.set_batch_norm(true);
  first.set_pool(2);
  proto::ConvolutionBlock& second = *architecture.add_convolutions();
  second.set_filters(6);
  second.set_kernel(5);
  second.set_pool(1);
  architecture.add_blocks()->set_units(3);
  architecture.mutable_blocks(0)->set_layer_norm(true);
  architecture.set_batch_size(8);
  return architecture;
}

constexpr ProblemShape image_shape{.inputs = 70, .outputs = 2, .training_rows = 100, .image = {5, 7, 2}};

TEST(CanonicalTensors, OfConvolutionsStandInFront) {
  const struct {
    const char* name;
    std::vector<std::uint32_t> shape;
    std::uint32_t fan_in;
    std::uint32_t fan_out;
  } expected[] = {{"depthwise_1/weights", {3, 3, 2}, 9, 9},
                  {"depthwise_1/bias", {2}, 0, 0},
                  {"convolution_1/weights", {1, 1, 2, 4}, 2, 4},
                  {"convolution_1/bias", {4}, 0, 0},
                  {"convolution_batch_norm_1/gamma", {4}, 0, 0},
                  {"convolution_batch_norm_1/beta", {4}, 0, 0},
                  {"convolution_batch_norm_1/running_mean", {4}, 0, 0},
                  {"convolution_batch_norm_1/running_variance", {4}, 0, 0},
                  {"convolution_2/weights", {5, 5, 4, 6}, 100, 150},
                  {"convolution_2/bias", {6}, 0, 0},
                  {"dense_1/weights", {72, 3}, 72, 3},
                  {"dense_1/bias", {3}, 0, 0},
                  {"layer_norm_1/gamma", {3}, 0, 0},
                  {"layer_norm_1/beta", {3}, 0, 0},
                  {"output/weights", {3, 2}, 3, 2},
                  {"output/bias", {2}, 0, 0}};
  const std::vector<TensorSpec> tensors = canonical_tensors(image_network(), image_shape);
  ASSERT_EQ(tensors.size(), std::size(expected));
  std::uint64_t count = 0;
  for (std::size_t id = 0; id < tensors.size(); ++id) {
    EXPECT_EQ(tensors[id].name, expected[id].name);
    EXPECT_EQ(tensors[id].shape, expected[id].shape) << tensors[id].name;
    EXPECT_EQ(tensors[id].fan_in, expected[id].fan_in) << tensors[id].name;
    EXPECT_EQ(tensors[id].fan_out, expected[id].fan_out) << tensors[id].name;
    if (trainable(tensors[id].kind)) count += tensors[id].size;
  }
  EXPECT_EQ(count, parameter_count(image_network(), image_shape));
  proto::Architecture averaged = image_network();
  averaged.set_global_average(true);
  EXPECT_EQ(canonical_tensors(averaged, image_shape)[10].shape, (std::vector<std::uint32_t>{6, 3}));
}

TEST(CanonicalTensors, TrainableOnesAreTheArchitecturesParameters) {
  const ProblemShape shape{5, 2, 100};
  std::uint64_t count = 0;
  for (const TensorSpec& tensor : canonical_tensors(two_blocks(), shape)) {
    if (trainable(tensor.kind)) count += tensor.size;
  }
  EXPECT_EQ(count, parameter_count(two_blocks(), shape));
}

TEST(Network, BuffersAreAlignedAndApart) {
  Network network(two_blocks(), {5, 1, 100}, proto::TASK_BINARY,
                  Room{.rows = 8, .training = true, .slots = 2});
  std::vector<std::span<float>> buffers = {network.inputs(8)};
  for (std::size_t id = 0; id < network.tensors().size(); ++id) {
    buffers.push_back(network.tensor(id));
    if (!trainable(network.tensors()[id].kind)) continue;
    buffers.push_back(network.gradient(id));
    buffers.push_back(network.slot(0, id));
    buffers.push_back(network.slot(1, id));
  }
  std::ranges::sort(buffers, {}, [](std::span<float> buffer) { return buffer.data(); });
  for (std::size_t i = 0; i < buffers.size(); ++i) {
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(buffers[i].data()) % 64, 0u);
    if (i > 0) {
      EXPECT_LE(buffers[i - 1].data() + buffers[i - 1].size(), buffers[i].data());
    }
  }
}

TEST(Network, StartsFromTheStatedValues) {
  for (const proto::Initialization rule :
       {proto::INITIALIZATION_GLOROT_UNIFORM, proto::INITIALIZATION_HE_NORMAL}) {
    proto::Architecture architecture = two_blocks();
    architecture.set_initialization(rule);
    Network network(architecture, {5, 1, 100}, proto::TASK_BINARY,
                    Room{.rows = 8, .training = true, .slots = 1});
    network.initialize(random::Key(1));
    for (std::size_t id = 0; id < network.tensors().size(); ++id) {
      const TensorSpec& spec = network.tensors()[id];
      const std::span<const float> values = network.tensor(id);
      const bool one = spec.kind == TensorKind::gamma || spec.kind == TensorKind::running_variance;
      if (spec.kind == TensorKind::weights) {
        EXPECT_EQ(std::set<float>(values.begin(), values.end()).size(), values.size()) << spec.name;
      } else {
        EXPECT_TRUE(std::ranges::all_of(values, [&](float value) { return value == (one ? 1.0F : 0.0F); }))
            << spec.name;
      }
    }
  }
}

// A layer's draws are its own: neither an optimiser nor a layer that follows shifts them.
TEST(Network, FirstWeightsDependOnTheirTensorAlone) {
  proto::Architecture one = two_blocks();
  one.mutable_blocks()->RemoveLast();
  Network small(one, {5, 1, 100}, proto::TASK_BINARY, Room{});
  Network large(two_blocks(), {5, 1, 100}, proto::TASK_BINARY, Room{});
  small.initialize(random::Key(1));
  large.initialize(random::Key(1));
  EXPECT_TRUE(std::ranges::equal(small.tensor(0), large.tensor(0)));
  const std::span<const float> first = large.tensor(0);
  const std::span<const float> second = large.tensor(2);
  EXPECT_FALSE(std::ranges::equal(first.first(second.size()), second));
}

TEST(Network, ARowsInferenceDependsOnThatRowAlone) {
  Network network(two_blocks(), {5, 3, 100}, proto::TASK_MULTICLASS, Room{.rows = 40});
  network.initialize(random::Key(1));
  const std::span<float> inputs = network.inputs(40);
  for (std::size_t i = 0; i < inputs.size(); ++i) inputs[i] = static_cast<float>(i % 17) / 8 - 1;
  const std::vector<float> rows(inputs.begin(), inputs.end());
  const std::span<const float> all = network.infer(40);
  const std::vector<float> together(all.begin(), all.end());
  for (std::size_t r = 0; r < 40; ++r) {
    std::copy_n(rows.begin() + static_cast<std::ptrdiff_t>(r * 5), 5, network.inputs(1).begin());
    const std::span<const float> alone = network.infer(1);
    EXPECT_TRUE(std::ranges::equal(alone, std::span(together).subspan(r * 3, 3))) << r;
  }
}

TEST(Network, AnImagesInferenceDependsOnThatImageAlone) {
  Network network(image_network(), image_shape, proto::TASK_MULTICLASS, Room{.rows = 9});
  network.initialize(random::Key(1));
  const std::span<float> inputs = network.inputs(9);
  for (std::size_t i = 0; i < inputs.size(); ++i) inputs[i] = static_cast<float>(i % 17) / 8 - 1;
  const std::vector<float> rows(inputs.begin(), inputs.end());
  const std::span<const float> all = network.infer(9);
  const std::vector<float> together(all.begin(), all.end());
  for (std::size_t r = 0; r < 9; ++r) {
    std::copy_n(rows.begin() + static_cast<std::ptrdiff_t>(r * 70), 70, network.inputs(1).begin());
    EXPECT_TRUE(std::ranges::equal(network.infer(1), std::span(together).subspan(r * 2, 2))) << r;
  }
}

// The kernels' scratch is the S of common/architecture, whose own test holds the same numbers.
TEST(Blocks, NeedTheScratchOfTheFormula) {
  const std::vector<Block> blocks = blocks_of(image_network(), image_shape);
  EXPECT_EQ(kernels::convolution_scratch(blocks[0].convolution_extent(9), 4),
            (2u * 5 + 1) * (2 * 7 + 1) * 4 + 16);
  EXPECT_EQ(kernels::convolution_scratch(blocks[1].convolution_extent(1), 6),
            (2u * 3 + 5) * (2 * 4 + 5) * 6 + 16);
}

// What the formula counts and a pass of relu and pool in one does without, in bytes.
std::uint64_t spared_by_one_pass(const proto::Architecture& architecture, std::size_t rows) {
  std::size_t floats = 0;
  for (const Block& block : blocks_of(architecture, image_shape)) {
    if (!block.relu_pools()) continue;
    floats += rows * (block.given() - block.pooled());
    if (block.in_parts(true)) floats += (rows - block.rows_of_part(rows, 1)) * block.given();
  }
  return floats * sizeof(float);
}

TEST(Network, TakesAlmostWhatTheFormulaSays) {
  for (const bool separable : {false, true}) {
    for (const bool norm : {false, true}) {
      for (const std::uint32_t pool : {1U, 2U}) {
        for (const bool average : {false, true}) {
          proto::Architecture architecture = image_network();
          for (proto::ConvolutionBlock& block : *architecture.mutable_convolutions()) {
            block.set_separable(separable);
            block.set_batch_norm(norm);
            block.set_pool(pool);
          }
          architecture.set_global_average(average);
          const Network network(architecture, image_shape, proto::TASK_MULTICLASS,
                                Room{.rows = 256, .training = true, .slots = 2});
          std::size_t best = 0;
          for (const TensorSpec& tensor : network.tensors()) best += tensor.size * sizeof(float);
          const std::uint64_t formula = trial_bytes(architecture, image_shape);
          EXPECT_LE(network.bytes() + best, formula) << describe(architecture);
          const std::uint64_t spared = spared_by_one_pass(architecture, 256);
          EXPECT_GE(network.bytes() + best + spared, formula * 19 / 20) << describe(architecture);
        }
      }
    }
  }
}

TEST(Optimizer, WeightDecayIsForWeightsOnly) {
  proto::Architecture architecture = two_blocks();
  architecture.mutable_optimizer()->set_kind(proto::OPTIMIZER_KIND_ADAMW);
  architecture.mutable_optimizer()->set_weight_decay(0.1F);
  Network network(architecture, {5, 1, 100}, proto::TASK_BINARY,
                  Room{.rows = 8, .training = true, .slots = 2});
  for (std::size_t id = 0; id < network.tensors().size(); ++id) std::ranges::fill(network.tensor(id), 2.0F);
  Optimizer optimizer(architecture.optimizer());
  optimizer.step(network);  // the gradients are zero: decay alone moves anything
  for (std::size_t id = 0; id < network.tensors().size(); ++id) {
    const TensorSpec& spec = network.tensors()[id];
    for (const float value : network.tensor(id)) {
      EXPECT_NEAR(value, spec.kind == TensorKind::weights ? 1.9 : 2.0, 1e-6) << spec.name;
    }
  }
}

}  // namespace
}  // namespace rondo::nn
