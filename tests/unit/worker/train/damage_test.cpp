// A value that is not finite, wherever it comes from, ends a trial as diverged in that very epoch, on every
// target: also where relu turns NaN into 0 before the loss can show it.
#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <limits>
#include <string>
#include <tuple>
#include <vector>

#include "tests/unit/worker/train/problems.h"
#include "worker/kernels/table.h"
#include "worker/train/checkpoint.h"

namespace rondo::train {
namespace {

using test::always;
using test::problem;
using test::spec;
using test::train_to_end;

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr float bad_values[] = {infinity, -infinity, std::numeric_limits<float>::quiet_NaN()};

using Floats = std::vector<float> MemberCheckpoint::*;

// relu behind batch norm, relu alone, tanh behind batch norm.
TrialSpec layers(proto::OptimizerKind optimizer) {
  TrialSpec s = spec(4, optimizer);
  s.architecture.clear_blocks();
  for (int i = 0; i < 3; ++i) {
    proto::DenseBlock& block = *s.architecture.add_blocks();
    block.set_units(4);
    block.set_activation(i == 2 ? proto::ACTIVATION_TANH : proto::ACTIVATION_RELU);
    block.set_batch_norm(i != 1);
  }
  return s;
}

// Two batches a training epoch.
data::PreparedData small() {
  return problem(proto::TASK_BINARY, 48, 16);
}

class Damage : public testing::TestWithParam<proto::OptimizerKind> {};
INSTANTIATE_TEST_SUITE_P(Optimizers, Damage,
                         testing::Values(proto::OPTIMIZER_KIND_SGD, proto::OPTIMIZER_KIND_ADAM,
                                         proto::OPTIMIZER_KIND_ADAMW));

// Every weight, bias, gamma, beta, running mean and variance; every slot and product of the optimiser.
TEST_P(Damage, OfAnyValueInACheckpointEndsTheNextEpoch) {
  const data::PreparedData data = small();
  Trial trial(data, layers(GetParam()));
  ASSERT_TRUE(trial.train_epoch(always));
  ASSERT_FALSE(trial.end());
  const CheckpointData sound = decode_checkpoint(trial.checkpoint());
  for (const auto& [part, name] : {std::tuple<Floats, const char*>{&MemberCheckpoint::network, "network"},
                                   {&MemberCheckpoint::optimizer, "optimizer"}}) {
    ASSERT_FALSE((sound.members[0].*part).empty());
    for (std::size_t i = 0; i < (sound.members[0].*part).size(); ++i) {
      for (const float bad : bad_values) {
        CheckpointData damaged = sound;
        (damaged.members[0].*part)[i] = bad;
        trial.restore(encode_checkpoint(damaged));
        const auto result = trial.train_epoch(always);
        const std::string where = std::string(name) + " " + std::to_string(i) + " " + std::to_string(bad);
        ASSERT_TRUE(trial.end()) << where;
        EXPECT_EQ(trial.end()->outcome(), proto::OUTCOME_DIVERGED) << where;
        EXPECT_EQ(trial.end()->epochs(), 2U) << where;
        EXPECT_TRUE(result->fingerprint().empty()) << where;
      }
    }
  }
}

// Of the training rows; injection_test.cpp has the others.
TEST_P(Damage, OfAnInputEndsTheFirstEpoch) {
  for (const std::size_t element : {std::size_t{0}, std::size_t{17}, std::size_t{95}}) {
    for (const float bad : bad_values) {
      data::PreparedData data = small();
      data.train.inputs[element] = bad;
      Trial trial(data, layers(GetParam()));
      static_cast<void>(trial.train_epoch(always));
      ASSERT_TRUE(trial.end()) << element << " " << bad;
      EXPECT_EQ(trial.end()->outcome(), proto::OUTCOME_DIVERGED) << element << " " << bad;
      EXPECT_EQ(trial.end()->epochs(), 1U) << element << " " << bad;
    }
  }
}

// Learning rates that overflow sooner or later; the lines are compared below.
TEST(DamageByALearningRate, EndsSoonerOrLater) {
  const data::PreparedData data = problem(proto::TASK_REGRESSION, 48, 16);
  bool later = false;
  for (const float rate : {2.0F, 10.0F, 30.0F, 100.0F, 1e4F, 1e12F, 1e30F}) {
    TrialSpec wild = spec(60, proto::OPTIMIZER_KIND_SGD, rate);
    wild.training.set_patience(0);
    wild.architecture.clear_blocks();
    for (int i = 0; i < 2; ++i) {
      wild.architecture.add_blocks()->set_units(4);
      wild.architecture.mutable_blocks(i)->set_activation(i == 0 ? proto::ACTIVATION_TANH
                                                                 : proto::ACTIVATION_RELU);
    }
    Trial trial(data, wild);
    static_cast<void>(train_to_end(trial));
    later = later || (trial.end()->outcome() == proto::OUTCOME_DIVERGED && trial.end()->epochs() > 1);
    std::printf("rate %g: outcome %d after %u epochs\n", static_cast<double>(rate),
                static_cast<int>(trial.end()->outcome()), trial.end()->epochs());
  }
  EXPECT_TRUE(later);
}

// What the process of a target printed, without Google Test's lines; the last line is its exit status.
std::string run_on(const char* target, const std::string& filter) {
  const std::string self = std::filesystem::read_symlink("/proc/self/exe").string();
  const std::string command =
      std::string("RONDO_TARGET=") + target + " '" + self + "' '--gtest_filter=" + filter + "' 2>&1";
  std::FILE* output = popen(command.c_str(), "r");  // NOLINT(cert-env33-c): a command of our own
  if (output == nullptr) return "popen";
  std::string lines;
  char line[256];
  while (std::fgets(line, sizeof line, output) != nullptr) {
    if (std::string(line).starts_with("rate ")) lines += line;
  }
  return lines + std::to_string(pclose(output));
}

// The target is chosen once a process, so each has one of its own.
TEST(DamageOnEveryTarget, EndsInTheSameEpoch) {
  const std::string filter = "*/Damage.*:*/Injected.*:DamageByALearningRate.*";
  const std::string first = run_on(kernels::available_tables().front()->name, filter);
  EXPECT_TRUE(first.ends_with("epochs\n0")) << first;
  for (const kernels::KernelTable* table : kernels::available_tables()) {
    EXPECT_EQ(run_on(table->name, filter), first) << table->name;
  }
}

}  // namespace
}  // namespace rondo::train
