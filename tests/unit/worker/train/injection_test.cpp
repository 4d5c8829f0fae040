// A value that is not finite, put anywhere into the state or the rows of a trial of images: the next epoch is
// the one that diverges, on every target (damage_test.cpp runs this with each).
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "tests/unit/worker/train/problems.h"
#include "worker/nn/optimizer.h"
#include "worker/nn/tensors.h"
#include "worker/train/checkpoint.h"

namespace rondo::train {
namespace {

using test::always;

constexpr float not_finite[] = {std::numeric_limits<float>::infinity(),
                                -std::numeric_limits<float>::infinity(),
                                std::numeric_limits<float>::quiet_NaN()};

// Tensors of every kind: convolutions, plain and separable, dense layers, both norms; relu in front of all
// that follows, because it hides a NaN.
TrialSpec of_every_tensor(proto::OptimizerKind optimizer) {
  TrialSpec spec = test::spec(10, optimizer);
  for (const bool separable : {false, true}) {
    proto::ConvolutionBlock& convolution = *spec.architecture.add_convolutions();
    convolution.set_filters(separable ? 3 : 17);
    convolution.set_kernel(3);
    convolution.set_pool(separable ? 1 : 2);
    convolution.set_separable(separable);
    convolution.set_batch_norm(!separable);
    convolution.set_activation(proto::ACTIVATION_RELU);
  }
  for (proto::DenseBlock& block : *spec.architecture.mutable_blocks()) {
    block.set_activation(proto::ACTIVATION_RELU);
    block.set_layer_norm(!block.batch_norm());
  }
  return spec;
}

data::PreparedData problem_of(proto::Task task) {
  data::PreparedData data = test::problem(task, 70, 40);
  test::make_image(1, 2, 1, data);
  return data;
}

// Trains one epoch, lets `inject` change the state, and expects that the second epoch diverges.
template <class Inject>
void expect_divergence(const data::PreparedData& data, const TrialSpec& spec, const std::string& what,
                       const Inject& inject) {
  Trial trial(data, spec);
  static_cast<void>(trial.train_epoch(always));
  ASSERT_FALSE(trial.end()) << what;
  CheckpointData state = decode_checkpoint(trial.checkpoint());
  inject(state);
  trial.restore(encode_checkpoint(state));
  const proto::EpochResult result = *trial.train_epoch(always);
  ASSERT_TRUE(trial.end()) << what;
  EXPECT_EQ(trial.end()->outcome(), proto::OUTCOME_DIVERGED) << what;
  EXPECT_EQ(trial.end()->epochs(), 2u) << what;
  EXPECT_EQ(trial.end()->best_epoch(), 1u) << what;
  EXPECT_TRUE(std::isnan(result.train_loss()) && result.fingerprint().empty()) << what;
}

class Injected : public ::testing::TestWithParam<proto::OptimizerKind> {};

TEST_P(Injected, IntoAnyTensorDivergesInTheNextEpoch) {
  const data::PreparedData data = problem_of(proto::TASK_MULTICLASS);
  const TrialSpec spec = of_every_tensor(GetParam());
  std::size_t end = 0;
  for (const nn::TensorSpec& tensor : nn::canonical_tensors(spec.architecture, data.shape)) {
    const std::size_t first = end;
    end += tensor.size;
    for (const float bad : not_finite) {
      for (const std::size_t place : {first, end - 1}) {
        expect_divergence(data, spec, tensor.name,
                          [&](CheckpointData& state) { state.members[0].network.at(place) = bad; });
      }
    }
  }
}

TEST_P(Injected, IntoAnyStateOfTheOptimizerDivergesInTheNextEpoch) {
  const data::PreparedData data = problem_of(proto::TASK_BINARY);
  const TrialSpec spec = of_every_tensor(GetParam());
  std::size_t end = 0;
  for (std::size_t slot = 0; slot < nn::Optimizer::slots(spec.architecture.optimizer()); ++slot) {
    for (const nn::TensorSpec& tensor : nn::canonical_tensors(spec.architecture, data.shape)) {
      if (!nn::trainable(tensor.kind)) continue;
      end += tensor.size;
      for (const float bad : not_finite) {
        expect_divergence(data, spec, tensor.name + ", slot " + std::to_string(slot),
                          [&](CheckpointData& state) { state.members[0].optimizer.at(end - 1) = bad; });
      }
    }
  }
  const std::size_t products = GetParam() == proto::OPTIMIZER_KIND_SGD ? 0 : 2;
  for (std::size_t i = 0; i < products; ++i) {
    expect_divergence(data, spec, "product " + std::to_string(i),
                      [&](CheckpointData& state) { state.members[0].optimizer.at(end + i) = not_finite[2]; });
  }
}

TEST_P(Injected, IntoARowDivergesInTheFirstEpoch) {
  for (const proto::Task task : {proto::TASK_BINARY, proto::TASK_MULTICLASS, proto::TASK_REGRESSION}) {
    for (const float bad : not_finite) {
      for (const int where : {0, 1, 2, 3}) {
        if (where >= 2 && task != proto::TASK_REGRESSION) continue;
        data::PreparedData data = problem_of(task);
        data::Part& part = where % 2 == 0 ? data.train : data.validation;
        (where < 2 ? part.inputs : part.targets).back() = bad;
        Trial trial(data, of_every_tensor(GetParam()));
        static_cast<void>(trial.train_epoch(always));
        ASSERT_TRUE(trial.end()) << bad << " in " << where;
        EXPECT_EQ(trial.end()->outcome(), proto::OUTCOME_DIVERGED);
        EXPECT_EQ(trial.end()->epochs(), 1u);
      }
    }
  }
}

// What a step makes of a gradient cannot hide: the weights or a slot are no longer finite.
TEST_P(Injected, IntoAnyGradientReachesTheState) {
  const proto::Architecture architecture = of_every_tensor(GetParam()).architecture;
  const ProblemShape shape = problem_of(proto::TASK_BINARY).shape;
  const std::size_t slots = nn::Optimizer::slots(architecture.optimizer());
  nn::Network network(architecture, shape, proto::TASK_BINARY, {.rows = 8, .training = true, .slots = slots});
  for (std::size_t id = 0; id < network.tensors().size(); ++id) {
    const nn::TensorSpec& spec = network.tensors()[id];
    if (!nn::trainable(spec.kind)) continue;
    for (const float bad : not_finite) {
      network.initialize(random::Key(1));
      const std::vector<std::uint32_t> classes(8);
      std::ranges::fill(network.inputs(8), 0.5F);
      static_cast<void>(network.train({classes, {}}, 8, random::Key(1), 0));
      network.gradient(id)[spec.size - 1] = bad;
      nn::Optimizer(architecture.optimizer()).step(network);
      bool finite = std::isfinite(network.tensor(id)[spec.size - 1]);
      for (std::size_t slot = 0; slot < slots; ++slot) {
        finite = finite && std::isfinite(network.slot(slot, id)[spec.size - 1]);
      }
      EXPECT_FALSE(finite) << spec.name;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Optimizers, Injected,
                         ::testing::Values(proto::OPTIMIZER_KIND_ADAM, proto::OPTIMIZER_KIND_ADAMW,
                                           proto::OPTIMIZER_KIND_SGD));

}  // namespace
}  // namespace rondo::train
