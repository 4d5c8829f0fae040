#include "coordinator/cli/run_shape.h"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

#include "common/architecture/architecture.h"

namespace rondo::cli {
namespace {

proto::Architecture of_widths(const std::vector<std::uint32_t>& widths) {
  proto::Architecture architecture;
  for (const std::uint32_t units : widths) {
    proto::DenseBlock& block = *architecture.add_blocks();
    block.set_units(units);
    block.set_activation(proto::ACTIVATION_RELU);
    block.set_batch_norm(units % 3 == 0);
  }
  architecture.mutable_optimizer()->set_kind(proto::OPTIMIZER_KIND_ADAM);
  architecture.mutable_optimizer()->set_learning_rate(0.5F);
  architecture.set_batch_size(32);
  return architecture;
}

store::RunSummary run_of(proto::Task task, const ProblemShape& shape,
                         const std::vector<proto::Architecture>& networks) {
  store::RunSummary run;
  proto::DataSettings& data = *run.experiment.mutable_data();
  data.set_task(task);
  data.mutable_image()->set_height(1);
  data.mutable_image()->set_channels(1);
  if (shape.image.exists()) {
    data.mutable_image()->set_height(static_cast<std::uint32_t>(shape.image.height));
    data.mutable_image()->set_width(static_cast<std::uint32_t>(shape.image.width));
    data.mutable_image()->set_channels(static_cast<std::uint32_t>(shape.image.channels));
  }
  for (const proto::Architecture& network : networks) {
    store::TrialSummary trial;
    trial.architecture = network;
    trial.parameters = parameter_count(network, shape);
    run.trials.push_back(std::move(trial));
  }
  return run;
}

void expect_shape(const store::RunSummary& run, const ProblemShape& shape) {
  const std::optional<ProblemShape> found = run_shape(run);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->inputs, shape.inputs);
  EXPECT_EQ(found->outputs, shape.outputs);
  EXPECT_EQ(found->image.height, shape.image.height);
  EXPECT_EQ(found->image.width, shape.image.width);
  EXPECT_EQ(found->image.channels, shape.image.channels);
}

constexpr ProblemShape one_output{.inputs = 7, .outputs = 1, .training_rows = 50};
constexpr ProblemShape classes{.inputs = 64, .outputs = 10, .training_rows = 50};
constexpr ProblemShape image{.inputs = 48, .outputs = 3, .training_rows = 50, .image = {4, 6, 2}};

TEST(RunShape, OneNetworkTellsTheInputsOfOneOutput) {
  for (const proto::Task task : {proto::TASK_BINARY, proto::TASK_REGRESSION}) {
    expect_shape(run_of(task, one_output, {of_widths({16, 9})}), one_output);
    expect_shape(run_of(task, one_output, {of_widths({})}), one_output);
  }
  EXPECT_FALSE(run_shape(run_of(proto::TASK_BINARY, one_output, {})));
}

TEST(RunShape, OneNetworkTellsTheOutputsOfAnImage) {
  expect_shape(run_of(proto::TASK_MULTICLASS, image, {of_widths({16})}), image);
  proto::Architecture network = of_widths({8});
  proto::ConvolutionBlock& convolution = *network.add_convolutions();
  convolution.set_filters(4);
  convolution.set_kernel(3);
  convolution.set_pool(2);
  expect_shape(run_of(proto::TASK_MULTICLASS, image, {network}), image);
  ProblemShape one = image;
  one.outputs = 1;
  expect_shape(run_of(proto::TASK_REGRESSION, one, {}), one);
}

TEST(RunShape, TwoWidthsTellInputsAndOutputs) {
  expect_shape(run_of(proto::TASK_MULTICLASS, classes, {of_widths({16}), of_widths({32})}), classes);
  expect_shape(run_of(proto::TASK_MULTICLASS, classes,
                      {of_widths({}), of_widths({16, 9}), of_widths({16, 32, 9}), of_widths({16, 32})}),
               classes);
}

TEST(RunShape, OneWidthDoesNotTellInputsFromOutputs) {
  EXPECT_FALSE(run_shape(run_of(proto::TASK_MULTICLASS, classes, {})));
  EXPECT_FALSE(run_shape(run_of(proto::TASK_MULTICLASS, classes, {of_widths({})})));
  EXPECT_FALSE(run_shape(run_of(proto::TASK_MULTICLASS, classes, {of_widths({16}), of_widths({16, 9, 16})})));
}

TEST(RunShape, ANumberThatDidNotFitTellsNothing) {
  store::RunSummary run = run_of(proto::TASK_BINARY, one_output, {of_widths({16}), of_widths({9})});
  run.trials[0].parameters = std::numeric_limits<std::uint64_t>::max();
  expect_shape(run, one_output);
  run.trials[1].parameters = std::numeric_limits<std::uint64_t>::max();
  EXPECT_FALSE(run_shape(run));
}

// A journal of another program.
TEST(RunShape, NumbersThatContradictEachOtherTellNothing) {
  store::RunSummary run = run_of(proto::TASK_BINARY, one_output, {of_widths({16}), of_widths({9})});
  run.trials[1].parameters += 9;
  EXPECT_FALSE(run_shape(run));
  run = run_of(proto::TASK_BINARY, one_output, {of_widths({16})});
  run.trials[0].parameters += 1;
  EXPECT_FALSE(run_shape(run));
  run.trials[0].parameters = 3;
  EXPECT_FALSE(run_shape(run));
}

}  // namespace
}  // namespace rondo::cli
