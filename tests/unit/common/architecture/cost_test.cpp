// The formulas of common/architecture/README.md against numbers worked out by hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <limits>

#include "common/architecture/architecture.h"
#include "common/base/error.h"
#include "tests/unit/common/architecture/networks.h"

namespace rondo {
namespace {

using ::testing::HasSubstr;

constexpr ProblemShape shape{.inputs = 10, .outputs = 3, .training_rows = 100};

// 4 units with batch norm, then 5 without.
proto::Architecture two_blocks(proto::OptimizerKind kind = proto::OPTIMIZER_KIND_SGD,
                               std::uint32_t batch_size = 32) {
  proto::Architecture network;
  network.add_blocks()->set_units(4);
  network.mutable_blocks(0)->set_batch_norm(true);
  network.add_blocks()->set_units(5);
  network.mutable_optimizer()->set_kind(kind);
  network.set_batch_size(batch_size);
  return network;
}

proto::Architecture linear() {
  proto::Architecture network;
  network.set_batch_size(32);
  return network;
}

bool refused(const std::function<void()>& formula) {
  try {
    formula();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::bad_input);
    EXPECT_THAT(error.what(), HasSubstr("take smaller space.units"));
    return true;
  }
  return false;
}

// W = 10·4 + 4·5 + 5·3 = 75, B = 4 + 5 + 3 = 12, N = 4.
TEST(ParameterCount, IsWeightsBiasesAndTwoForEachNormalisedUnit) {
  EXPECT_EQ(parameter_count(two_blocks(), shape), 75u + 12 + 8);
  EXPECT_EQ(parameter_count(linear(), shape), 30u + 3);
  EXPECT_EQ(parameter_count(linear(), {.inputs = 0, .outputs = 1, .training_rows = 1}), 1u);
}

TEST(MultiplyAdds, AreThreeForEachWeightAndRow) {
  EXPECT_EQ(multiply_adds_per_epoch(two_blocks(), shape), 3u * 75 * 100);
  EXPECT_EQ(multiply_adds_per_epoch(linear(), shape), 3u * 30 * 100);
}

TEST(Ticks, AreMultiplyAddsOverTheDivisorRoundedUpAndAtLeastOne) {
  const auto ticks = [](std::uint64_t divisor) {
    return ticks_per_epoch(two_blocks(), shape, {divisor}).value();
  };
  EXPECT_EQ(ticks(1), 22'500u);
  EXPECT_EQ(ticks(1000), 23u);
  EXPECT_EQ(ticks(22'499), 2u);
  EXPECT_EQ(ticks(22'500), 1u);
  EXPECT_EQ(ticks(22'501), 1u);
  EXPECT_EQ(ticks(std::numeric_limits<std::uint64_t>::max()), 1u);
  EXPECT_EQ(ticks_per_epoch(linear(), {.inputs = 0, .outputs = 1, .training_rows = 9}, {5}), Tick(1));
}

// 100 rows in batches of 32 are 4 steps; 95 parameters.
TEST(Ticks, CountStepsAndTheirParametersWhereTheyAreTold) {
  proto::Architecture network = two_blocks();
  network.set_batch_size(32);
  EXPECT_EQ(steps_per_epoch(network, shape), 4u);
  EXPECT_EQ(ticks_per_epoch(network, shape, {1, 1000, 0}), Tick(22'500 + 4 * 1000));
  EXPECT_EQ(ticks_per_epoch(network, shape, {1, 0, 3}), Tick(22'500 + 4 * 3 * 95));
  EXPECT_EQ(ticks_per_epoch(network, shape, {1000, 1000, 3}), Tick(28));  // of 27.64
  network.set_batch_size(25);
  EXPECT_EQ(steps_per_epoch(network, shape), 4u);
  network.set_batch_size(101);
  EXPECT_EQ(steps_per_epoch(network, shape), 1u);
  constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  EXPECT_TRUE(refused([&] { (void)ticks_per_epoch(network, shape, {1, most, 0}); }));
  EXPECT_TRUE(refused([&] { (void)ticks_per_epoch(network, shape, {1, 0, most}); }));
}

// P = 95, N = 4, I = 10, U = 12, M = 5, three layers.
TEST(TrialBytes, FollowTheFormula) {
  // 2·(95 + 8) + 2·95 + 256·(10 + 48 + 10) + 8 + 16·(3·24 + 3)
  EXPECT_EQ(trial_bytes(two_blocks(), shape), 4u * (206 + 190 + 17'408 + 8 + 1200));
  // Two slots: 3·95, 16·(3·30 + 3)
  for (const proto::OptimizerKind kind : {proto::OPTIMIZER_KIND_ADAM, proto::OPTIMIZER_KIND_ADAMW}) {
    EXPECT_EQ(trial_bytes(two_blocks(kind), shape), 4u * (206 + 285 + 17'408 + 8 + 1488));
  }
  // A batch above the 256 rows of an evaluation: 1000·68
  EXPECT_EQ(trial_bytes(two_blocks(proto::OPTIMIZER_KIND_SGD, 256), shape), 76'048u);
  EXPECT_EQ(trial_bytes(two_blocks(proto::OPTIMIZER_KIND_SGD, 1000), shape),
            4u * (206 + 190 + 68'000 + 8 + 1200));
  // P = 33, U = M = 3, one layer, adam: 66 + 99 + 256·(10 + 12 + 6) + 16·(30 + 3)
  EXPECT_EQ(trial_bytes(linear(), shape), 4u * (66 + 99 + 7168 + 528));
}

// 5 × 7 places of 2 channels; separable 16 filters, pooled to 3 × 4; 4 filters of 5 × 5; average; 8 units; 3.
constexpr ProblemShape image_shape{.inputs = 70, .outputs = 3, .training_rows = 100, .image = {5, 7, 2}};

TEST(Formulas, CountConvolutions) {
  const proto::Architecture network = testing::image_network();
  // W = 9·2 + 2·16 + 25·16·4 + 4·8 + 8·3, B = 2 + 16 + 4 + 8 + 3, N = 16, L = 8
  constexpr std::uint64_t parameters = 1706 + 33 + 32 + 16;
  EXPECT_EQ(parameter_count(network, image_shape), parameters);
  // 35 places of the first, 12 of the second
  constexpr std::uint64_t work = 35 * (18 + 32) + 12 * 1600 + 32 + 24;
  EXPECT_EQ(multiply_adds_per_row(network, image_shape), work);
  EXPECT_EQ(multiply_adds_per_epoch(network, image_shape), 3 * work * 100);
  // K = (35·2 + 4·35·16 + 12·16) + 2·12·4 + 4 + (4·8 + 1) + 4·3, M = 35·16, S = (10 + 1)·(14 + 1)·16 + 16
  constexpr std::uint64_t kept = 2502 + 96 + 4 + 33 + 12;
  constexpr std::uint64_t scratch = 2656;
  EXPECT_EQ(trial_bytes(network, image_shape),
            4u * (2 * (parameters + 32) + 3 * parameters + 256 * (70 + kept + 1120) + 32 + scratch +
                  16 * (2 * 30 + 2 * 40 + 5)));
}

TEST(Formulas, TakeSeriesAsRowsOfPlaces) {
  proto::Architecture network = testing::image_network();
  network.set_global_average(false);
  // 35 places: 3·2 + 2·16, pooled to 18; 5·16·4; 18·4·8 + 8·3
  const ProblemShape series{.inputs = 70, .outputs = 3, .training_rows = 100, .image = {1, 35, 2}};
  EXPECT_EQ(multiply_adds_per_row(network, series), 35u * 38 + 18 * 320 + 576 + 24);
  EXPECT_EQ(parameter_count(network, series), 38u + 320 + 576 + 24 + 33 + 32 + 16);
}

TEST(Formulas, DoNotDependOnWhatTrainingIsTold) {
  proto::Architecture network = two_blocks();
  const std::uint64_t bytes = trial_bytes(network, shape);
  for (proto::DenseBlock& block : *network.mutable_blocks()) {
    block.set_activation(proto::ACTIVATION_GELU);
    block.set_dropout(0.5F);
  }
  network.mutable_optimizer()->set_learning_rate(1);
  network.set_initialization(proto::INITIALIZATION_HE_NORMAL);
  EXPECT_EQ(trial_bytes(network, shape), bytes);
  EXPECT_EQ(parameter_count(network, shape), 95u);
  EXPECT_EQ(ticks_per_epoch(network, shape, {1}), Tick(22'500));
}

// The last problem that fits, and the first that does not.
TEST(Formulas, RefuseWhat64BitsDoNotHold) {
  constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  ProblemShape rows = shape;
  rows.training_rows = most / 225;
  EXPECT_EQ(multiply_adds_per_epoch(two_blocks(), rows), 225 * rows.training_rows);
  ++rows.training_rows;
  EXPECT_TRUE(refused([&] { (void)multiply_adds_per_epoch(two_blocks(), rows); }));
  EXPECT_TRUE(refused([&] { (void)ticks_per_epoch(two_blocks(), rows, {most}); }));
  EXPECT_EQ(parameter_count(two_blocks(), rows), 95u);

  ProblemShape inputs = shape;
  inputs.inputs = (most - 35 - 12 - 8) / 4;  // 4 · inputs + 35 other weights, 12 biases, 8
  EXPECT_EQ(parameter_count(two_blocks(), inputs), 4 * inputs.inputs + 55);
  EXPECT_TRUE(refused([&] { (void)trial_bytes(two_blocks(), inputs); }));
  ++inputs.inputs;
  EXPECT_TRUE(refused([&] { (void)parameter_count(two_blocks(), inputs); }));
}

TEST(FormulasDeathTest, ADivisorOfZeroIsABug) {
  EXPECT_DEATH((void)ticks_per_epoch(linear(), shape, {0}), "divisor");
}

}  // namespace
}  // namespace rondo
