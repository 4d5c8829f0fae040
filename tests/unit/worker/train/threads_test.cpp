// Whole trials on 1 to 8 threads, each kernel shared out however small it is: the same bits.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/unit/worker/train/problems.h"
#include "worker/train/predictor.h"

namespace rondo::train {
namespace {

struct Course {
  std::vector<std::string> epochs;
  std::string end;
  std::string checkpoint;
  std::string model;
  std::vector<float> probabilities;
  std::vector<double> values;
};

Course course(const data::PreparedData& data, const TrialSpec& spec, const kernels::Threads& threads) {
  Trial trial(data, spec, threads);
  Course course;
  for (const proto::EpochResult& result : test::train_to_end(trial)) {
    course.epochs.push_back(result.SerializeAsString());
  }
  course.end = trial.end()->SerializeAsString();
  course.checkpoint = trial.checkpoint();
  course.model = model_bytes(trial.model());
  const Predictions predictions = Predictor(trial.model(), threads).predict(data.validation);
  course.probabilities = predictions.probabilities;
  course.values = predictions.values;
  return course;
}

class TrialOnThreads : public ::testing::TestWithParam<proto::OptimizerKind> {};

TEST_P(TrialOnThreads, ATrialHasTheBitsOfOneThread) {
  for (const proto::Task task : {proto::TASK_BINARY, proto::TASK_MULTICLASS, proto::TASK_REGRESSION}) {
    const data::PreparedData data = test::problem(task, 301, 263);
    TrialSpec spec = test::spec(4, GetParam());
    // A prime number of units, and more than the column kernels work on at once.
    spec.architecture.mutable_blocks(0)->set_units(131);
    spec.architecture.mutable_blocks(1)->set_units(37);
    spec.architecture.mutable_blocks(1)->set_activation(proto::ACTIVATION_GELU);
    const Course wanted = course(data, spec, {});
    for (std::size_t count = 2; count <= 8; ++count) {
      SCOPED_TRACE(count);
      const Course given = course(data, spec, kernels::Threads(count, kernels::Sharing::always));
      EXPECT_EQ(given.epochs, wanted.epochs);
      EXPECT_EQ(given.end, wanted.end);
      EXPECT_EQ(given.checkpoint, wanted.checkpoint);
      EXPECT_EQ(given.model, wanted.model);
      EXPECT_EQ(given.probabilities, wanted.probabilities);
      EXPECT_EQ(given.values, wanted.values);
    }
  }
}

TEST(TrialOfImages, HasOnThreadsTheBitsOfOne) {
  data::PreparedData data = test::problem(proto::TASK_MULTICLASS, 101, 63);
  test::make_image(1, 2, 1, data);
  TrialSpec spec = test::spec(3);
  for (const bool separable : {false, true}) {
    proto::ConvolutionBlock& block = *spec.architecture.add_convolutions();
    block.set_filters(17);
    block.set_kernel(3);
    block.set_pool(separable ? 2 : 1);
    block.set_separable(separable);
    block.set_batch_norm(true);
  }
  const Course wanted = course(data, spec, {});
  for (const std::size_t count : {2U, 3U, 8U}) {
    SCOPED_TRACE(count);
    const Course given = course(data, spec, kernels::Threads(count, kernels::Sharing::always));
    EXPECT_EQ(given.epochs, wanted.epochs);
    EXPECT_EQ(given.checkpoint, wanted.checkpoint);
    EXPECT_EQ(given.probabilities, wanted.probabilities);
  }
}

INSTANTIATE_TEST_SUITE_P(Optimizers, TrialOnThreads,
                         ::testing::Values(proto::OPTIMIZER_KIND_ADAM, proto::OPTIMIZER_KIND_ADAMW,
                                           proto::OPTIMIZER_KIND_SGD));

}  // namespace
}  // namespace rondo::train
