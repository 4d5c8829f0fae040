// What a trial takes from the heap: never more than the formula says, and nothing while it trains.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <new>
#include <vector>

#include "common/architecture/architecture.h"
#include "common/random/draws.h"
#include "tests/unit/worker/train/problems.h"
#include "worker/nn/network.h"
#include "worker/nn/optimizer.h"
#include "worker/train/trial.h"

namespace {
// Of every thread.
std::atomic<std::size_t> allocations = 0;
std::atomic<std::size_t> allocated_bytes = 0;

void* take(std::size_t size, std::size_t alignment) {
  ++allocations;
  allocated_bytes += size;
  const std::size_t rounded = (std::max<std::size_t>(size, 1) + alignment - 1) / alignment * alignment;
  if (void* memory = std::aligned_alloc(alignment, rounded)) return memory;
  throw std::bad_alloc();
}
}  // namespace

__attribute__((noinline)) void* operator new(std::size_t size) {
  return take(size, alignof(std::max_align_t));
}
__attribute__((noinline)) void* operator new(std::size_t size, std::align_val_t alignment) {
  return take(size, static_cast<std::size_t>(alignment));
}
__attribute__((noinline)) void operator delete(void* memory) noexcept {
  std::free(memory);
}
__attribute__((noinline)) void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}
__attribute__((noinline)) void operator delete(void* memory, std::align_val_t) noexcept {
  std::free(memory);
}
__attribute__((noinline)) void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
  std::free(memory);
}

namespace rondo::train {
namespace {

data::PreparedData judged_by(proto::Task task, proto::Metric metric, std::size_t rows) {
  data::PreparedData data = test::problem(task, rows, rows);
  data.metric = metric;
  return data;
}

std::size_t taken_by_an_epoch(const data::PreparedData& data, const TrialSpec& spec) {
  Trial trial(data, spec);
  static_cast<void>(trial.train_epoch(test::always));
  const std::function<bool()> keep_going = test::always;
  const std::size_t before = allocations;
  static_cast<void>(trial.train_epoch(keep_going));
  return allocations - before;
}

// Counts at every call between two steps: what was taken from the heap since the last one.
std::size_t taken_between_steps(const data::PreparedData& data, const TrialSpec& spec,
                                const kernels::Threads& threads) {
  Trial trial(data, spec, threads);
  std::size_t taken = 0;
  std::size_t last = 0;
  for (int epoch = 0; epoch < 2; ++epoch) {
    bool first = true;
    const std::function<bool()> keep_going = [&] {
      if (!first) taken += allocations - last;
      first = false;
      last = allocations;
      return true;
    };
    static_cast<void>(trial.train_epoch(keep_going));
  }
  return taken;
}

TEST(Trial, TakesNoMemoryPerRow) {
  for (const auto& [task, metric] : {std::pair{proto::TASK_BINARY, proto::METRIC_ACCURACY},
                                     std::pair{proto::TASK_MULTICLASS, proto::METRIC_ACCURACY},
                                     std::pair{proto::TASK_REGRESSION, proto::METRIC_RMSE}}) {
    const std::size_t few = taken_by_an_epoch(judged_by(task, metric, 100), test::spec(3));
    EXPECT_EQ(few, taken_by_an_epoch(judged_by(task, metric, 10000), test::spec(3)));
    EXPECT_LT(few, 8u) << "an epoch's result and its fingerprint";
  }
}

TEST(Trial, TakesNoMemoryBetweenItsSteps) {
  for (const proto::Task task : {proto::TASK_BINARY, proto::TASK_MULTICLASS, proto::TASK_REGRESSION}) {
    const data::PreparedData data = test::problem(task, 1000, 600);
    for (const proto::OptimizerKind optimizer :
         {proto::OPTIMIZER_KIND_ADAM, proto::OPTIMIZER_KIND_ADAMW, proto::OPTIMIZER_KIND_SGD}) {
      const TrialSpec spec = test::spec(3, optimizer);
      EXPECT_EQ(taken_between_steps(data, spec, {}), 0u);
      EXPECT_EQ(taken_between_steps(data, spec, kernels::Threads(3, kernels::Sharing::always)), 0u);
    }
  }
}

// Images of 12 x 12 places and 8 channels.
data::PreparedData images(std::size_t rows) {
  data::PreparedData data = test::problem(proto::TASK_MULTICLASS, rows, rows);
  data.shape.inputs = 12 * 12 * 8;
  test::make_image(12, 12, 8, data);
  for (data::Part* part : {&data.train, &data.validation}) {
    part->inputs.resize(rows * data.shape.inputs);
    for (std::size_t i = 0; i < part->inputs.size(); ++i) part->inputs[i] = test::noise(3, i);
  }
  return data;
}

// Two convolutions of one kind.
TrialSpec of_convolutions(proto::Activation activation, std::uint32_t pool, bool separable, bool norm) {
  TrialSpec spec = test::spec(2);
  for (int i = 0; i < 2; ++i) {
    proto::ConvolutionBlock& block = *spec.architecture.add_convolutions();
    block.set_filters(i == 0 ? 16 : 4);
    block.set_kernel(3);
    block.set_pool(pool);
    block.set_activation(activation);
    block.set_separable(separable);
    block.set_batch_norm(norm);
  }
  return spec;
}

std::vector<TrialSpec> of_every_convolution() {
  std::vector<TrialSpec> specs;
  for (const proto::Activation activation : {proto::ACTIVATION_RELU, proto::ACTIVATION_TANH}) {
    for (const std::uint32_t pool : {1U, 2U}) {
      for (const bool separable : {false, true}) {
        for (const bool norm : {false, true}) {
          specs.push_back(of_convolutions(activation, pool, separable, norm));
        }
      }
    }
  }
  return specs;
}

TEST(TrialOfImages, TakesNoMemoryBetweenItsStepsOnAnyThreads) {
  const data::PreparedData data = images(70);
  for (const TrialSpec& spec : of_every_convolution()) {
    for (std::size_t count = 1; count <= 8; ++count) {
      const kernels::Threads threads(count, kernels::Sharing::always);
      EXPECT_EQ(taken_between_steps(data, spec, threads), 0u)
          << count << " threads, " << describe(spec.architecture);
    }
  }
}

// Whatever the threads work in is in the arena too, which the formula bounds.
TEST(TrialOfImages, TakesNoMoreThanTheFormulaSaysOnAnyThreads) {
  constexpr std::size_t names_and_shapes = 16'384;
  const ProblemShape shape = images(1).shape;
  for (const TrialSpec& spec : of_every_convolution()) {
    for (std::size_t count = 1; count <= 8; ++count) {
      const kernels::Threads threads(count, kernels::Sharing::always);
      const std::size_t before = allocated_bytes;
      nn::Network network(spec.architecture, shape, proto::TASK_MULTICLASS,
                          {.rows = 256, .training = true, .slots = 2, .threads = threads});
      const std::vector<std::uint32_t> classes(256);
      static_cast<void>(network.train({classes, {}}, 256, random::Key(1), 0));
      const std::size_t taken = allocated_bytes - before;
      std::size_t best = 0;
      for (const nn::TensorSpec& tensor : network.tensors()) best += tensor.size * sizeof(float);
      const std::string what = std::to_string(count) + " threads, " + describe(spec.architecture);
      EXPECT_LE(network.bytes() + best, trial_bytes(spec.architecture, shape)) << what;
      EXPECT_LE(taken, network.bytes() + names_and_shapes + classes.size() * sizeof(std::uint32_t)) << what;
    }
  }
}

TEST(Trial, TakesNoMoreThanTheFormulaSaysNorMuchLess) {
  const random::Draws draws(random::Key(11), random::Stream::sampler);
  for (std::uint64_t i = 0; i < 300; ++i) {
    std::uint64_t next = 100 * i;
    const auto below = [&](std::uint64_t bound) {
      return static_cast<std::uint32_t>(draws.bounded(next++, bound));
    };
    TrialSpec spec = test::spec(1, std::vector{proto::OPTIMIZER_KIND_SGD, proto::OPTIMIZER_KIND_ADAM,
                                               proto::OPTIMIZER_KIND_ADAMW}[below(3)]);
    spec.architecture.clear_blocks();
    for (std::uint32_t blocks = below(5); blocks > 0; --blocks) {
      proto::DenseBlock& block = *spec.architecture.add_blocks();
      block.set_units(1 + below(std::vector{1u, 20u, 300u}[below(3)]));
      block.set_batch_norm(below(2) == 1);
      block.set_dropout(below(2) == 1 ? 0.5F : 0.0F);
    }
    spec.architecture.set_batch_size(1 + below(std::vector{1u, 64u, 1000u}[below(3)]));
    const bool multiclass = below(2) == 1;
    const ProblemShape shape{1 + below(60), multiclass ? 2 + below(20) : 1, 10'000};
    const std::size_t slots = nn::Optimizer::slots(spec.architecture.optimizer());
    // As a trial takes it, with training rows enough for a whole batch.
    const std::size_t rows = std::max<std::size_t>(spec.architecture.batch_size(), 256);
    const nn::Network network(spec.architecture, shape,
                              multiclass ? proto::TASK_MULTICLASS : proto::TASK_BINARY,
                              {.rows = rows, .training = true, .slots = slots});
    std::size_t best = 0;
    for (const nn::TensorSpec& tensor : network.tensors()) best += tensor.size * sizeof(float);
    const std::uint64_t formula = trial_bytes(spec.architecture, shape);
    EXPECT_GE(formula, network.bytes() + best) << describe(spec.architecture);
    EXPECT_LE(formula, 2 * (network.bytes() + best) + 16'384) << describe(spec.architecture);
  }
}

}  // namespace
}  // namespace rondo::train
