// What a trial takes from the heap: never more than the formula says, and nothing while it trains.
#include <gtest/gtest.h>

#include <algorithm>
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
std::size_t allocations = 0;

void* take(std::size_t size, std::size_t alignment) {
  ++allocations;
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
