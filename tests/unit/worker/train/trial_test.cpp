#include "worker/train/trial.h"

#include <gtest/gtest.h>

#include <bit>
#include <cfenv>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "common/base/error.h"
#include "common/numerics/floating_point_mode.h"
#include "tests/unit/worker/train/problems.h"
#include "worker/train/predictor.h"

namespace rondo::train {
namespace {

using test::always;
using test::problem;
using test::spec;
using test::train_to_end;

constexpr std::uint64_t nan_bits = 0x7ff8000000000000;

std::uint64_t bits(double value) {
  return std::bit_cast<std::uint64_t>(value);
}

void expect_equal(const proto::EpochResult& a, const proto::EpochResult& b) {
  EXPECT_EQ(a.SerializeAsString(), b.SerializeAsString()) << "epoch " << a.epoch() << " and " << b.epoch();
}

class OfEveryTask : public ::testing::TestWithParam<proto::Task> {};

TEST_P(OfEveryTask, LearnsACircle) {
  const data::PreparedData data = problem(GetParam());
  Trial trial(data, spec(150));
  const std::vector<proto::EpochResult> results = train_to_end(trial);
  ASSERT_TRUE(trial.end());
  EXPECT_EQ(trial.end()->outcome(), proto::OUTCOME_COMPLETED);
  EXPECT_EQ(trial.end()->epochs(), results.size());
  EXPECT_LT(results.back().train_loss(), results.front().train_loss() / 2);
  if (GetParam() == proto::TASK_REGRESSION) {
    EXPECT_LT(trial.end()->best_score(), 0.12);
  } else {
    EXPECT_GT(trial.end()->best_score(), 0.85);  // the larger class alone gives about 0.5
  }
  const proto::EpochResult& best = results[trial.end()->best_epoch() - 1];
  EXPECT_EQ(best.score(), trial.end()->best_score());
  EXPECT_EQ(best.validation_loss(), trial.end()->best_validation_loss());
  EXPECT_EQ(trial.end()->weights_digest().size(), 32u);
}

TEST_P(OfEveryTask, TheModelIsTheBestEpochs) {
  const data::PreparedData data = problem(GetParam());
  Trial trial(data, spec(30));
  train_to_end(trial);
  Predictor predictor(trial.model());
  const auto metrics = predictor.evaluate(data.validation);
  const std::string name = GetParam() == proto::TASK_REGRESSION ? "rmse" : "accuracy";
  bool found = false;
  for (const auto& [metric, value] : metrics) {
    if (metric != name) continue;
    found = true;
    EXPECT_EQ(value, trial.end()->best_score());
  }
  EXPECT_TRUE(found);
}

INSTANTIATE_TEST_SUITE_P(Tasks, OfEveryTask,
                         ::testing::Values(proto::TASK_BINARY, proto::TASK_MULTICLASS,
                                           proto::TASK_REGRESSION));

class OfEveryOptimizer : public ::testing::TestWithParam<proto::OptimizerKind> {};

TEST_P(OfEveryOptimizer, AnUninterruptedTrialAndOneRestoredAfterAnyEpochAreEqual) {
  const data::PreparedData data = problem(proto::TASK_BINARY, 100, 40);
  constexpr std::uint32_t epochs = 6;
  Trial whole(data, spec(epochs, GetParam()));
  std::vector<std::string> checkpoints = {whole.checkpoint()};
  std::vector<proto::EpochResult> results;
  while (!whole.end()) {
    results.push_back(*whole.train_epoch(always));
    checkpoints.push_back(whole.checkpoint());
  }
  ASSERT_EQ(results.size(), epochs);
  for (std::size_t from = 0; from <= epochs; ++from) {
    Trial rest(data, spec(epochs, GetParam()));
    rest.restore(checkpoints[from]);
    EXPECT_EQ(rest.epochs_done(), Epoch(static_cast<std::uint32_t>(from)));
    for (std::size_t epoch = from; epoch < epochs; ++epoch)
      expect_equal(*rest.train_epoch(always), results[epoch]);
    ASSERT_TRUE(rest.end());
    EXPECT_EQ(rest.end()->SerializeAsString(), whole.end()->SerializeAsString());
    EXPECT_EQ(rest.checkpoint(), checkpoints.back());
    EXPECT_EQ(model_bytes(rest.model()), model_bytes(whole.model()));
  }
}

TEST_P(OfEveryOptimizer, RestoringGoesBackAsWellAsForward) {
  const data::PreparedData data = problem(proto::TASK_REGRESSION, 100, 40);
  Trial trial(data, spec(4, GetParam()));
  const proto::EpochResult first = *trial.train_epoch(always);
  const std::string checkpoint = trial.checkpoint();
  const proto::EpochResult second = *trial.train_epoch(always);
  trial.restore(checkpoint);
  expect_equal(*trial.train_epoch(always), second);
  EXPECT_NE(first.fingerprint(), second.fingerprint());
}

INSTANTIATE_TEST_SUITE_P(Optimizers, OfEveryOptimizer,
                         ::testing::Values(proto::OPTIMIZER_KIND_SGD, proto::OPTIMIZER_KIND_ADAM,
                                           proto::OPTIMIZER_KIND_ADAMW));

TEST(Trial, GivingUpWithinAnEpochLosesNothingButTheEpoch) {
  const data::PreparedData data = problem(proto::TASK_BINARY, 100, 600);
  Trial whole(data, spec(3));
  const std::vector<proto::EpochResult> results = train_to_end(whole);
  // 4 training steps and 3 chunks of the evaluation: every place where an epoch can be given up.
  for (int calls = 0; calls < 7; ++calls) {
    Trial trial(data, spec(3));
    static_cast<void>(trial.train_epoch(always));
    const std::string checkpoint = trial.checkpoint();
    int left = calls;
    EXPECT_FALSE(trial.train_epoch([&left] { return left-- > 0; })) << calls;
    trial.restore(checkpoint);
    expect_equal(*trial.train_epoch(always), results[1]);
  }
  Trial trial(data, spec(3));
  int calls = 0;
  static_cast<void>(trial.train_epoch([&calls] { return ++calls > 0; }));
  EXPECT_EQ(calls, 7);
}

TEST(Trial, SeedsTellTrialsApart) {
  const data::PreparedData data = problem(proto::TASK_BINARY, 64, 32);
  const auto fingerprint = [&data](MasterSeed seed, TrialId id) {
    TrialSpec one = spec(1);
    one.seed = seed;
    one.trial = id;
    Trial trial(data, one);
    return trial.train_epoch(always)->fingerprint();
  };
  const std::string first = fingerprint(MasterSeed(0), TrialId(0));
  EXPECT_EQ(first.size(), 16u);
  EXPECT_EQ(first, fingerprint(MasterSeed(0), TrialId(0)));
  EXPECT_NE(first, fingerprint(MasterSeed(1), TrialId(0)));
  EXPECT_NE(first, fingerprint(MasterSeed(0), TrialId(1)));
}

TEST(Trial, DoesNotDependOnTheFloatingPointModeItIsStartedIn) {
  const data::PreparedData data = problem(proto::TASK_BINARY);
  Trial usual(data, spec(2));
  const std::string expected = usual.train_epoch(always)->fingerprint();
  std::fesetround(FE_UPWARD);
  Trial trial(data, spec(2));
  std::fesetround(FE_UPWARD);
  EXPECT_EQ(trial.train_epoch(always)->fingerprint(), expected);
  EXPECT_TRUE(numerics::in_floating_point_mode());
}

TEST(Trial, AnEpochInWhichTheFloatingPointModeChangedDoesNotCount) {
  const data::PreparedData data = problem(proto::TASK_BINARY);
  Trial trial(data, spec(2));
  const auto spoil = [] {
    std::fesetround(FE_UPWARD);
    return true;
  };
  EXPECT_THROW(static_cast<void>(trial.train_epoch(spoil)), Error);
  EXPECT_EQ(trial.epochs_done(), Epoch(0));
  numerics::set_floating_point_mode();
}

TEST(Trial, PatienceEndsItAndTheBestWeightsStay) {
  const data::PreparedData data = problem(proto::TASK_BINARY);
  TrialSpec impatient = spec(200);
  impatient.training.set_patience(3);
  impatient.training.set_min_delta(0.05);
  Trial trial(data, impatient);
  std::vector<proto::EpochResult> results;
  std::vector<std::string> models;
  while (!trial.end()) {
    results.push_back(*trial.train_epoch(always));
    models.push_back(model_bytes(trial.model()));
  }
  ASSERT_LT(results.size(), 200u);
  EXPECT_EQ(trial.end()->outcome(), proto::OUTCOME_COMPLETED);
  EXPECT_EQ(trial.end()->best_epoch() + 3, trial.end()->epochs());
  EXPECT_EQ(models[trial.end()->best_epoch() - 1], models.back());
  EXPECT_GT(trial.end()->best_epoch(), 1u);
  EXPECT_NE(models.front(), models.back());
}

TEST(Trial, PatienceZeroTrainsEveryEpoch) {
  const data::PreparedData data = problem(proto::TASK_BINARY, 64, 32);
  TrialSpec patient = spec(25);
  patient.training.set_patience(0);
  patient.training.set_min_delta(1e9);  // nothing but the first epoch is ever better
  Trial trial(data, patient);
  EXPECT_EQ(train_to_end(trial).size(), 25u);
  EXPECT_EQ(trial.end()->best_epoch(), 1u);
}

TEST(Trial, AHugeLearningRateDiverges) {
  const data::PreparedData data = problem(proto::TASK_REGRESSION);
  TrialSpec wild = spec(50, proto::OPTIMIZER_KIND_SGD, 1e30F);
  wild.architecture.mutable_blocks()->Clear();
  Trial trial(data, wild);
  const std::vector<proto::EpochResult> results = train_to_end(trial);
  EXPECT_EQ(trial.end()->outcome(), proto::OUTCOME_DIVERGED);
  EXPECT_EQ(trial.end()->epochs(), results.size());
  const proto::EpochResult& last = results.back();
  EXPECT_TRUE(last.fingerprint().empty());
  EXPECT_EQ(bits(last.train_loss()), nan_bits);
  EXPECT_EQ(bits(last.validation_loss()), nan_bits);
  EXPECT_EQ(bits(last.score()), nan_bits);
  EXPECT_EQ(trial.end()->best_epoch(), 0u);
  EXPECT_EQ(bits(trial.end()->best_score()), nan_bits);
  EXPECT_EQ(bits(trial.end()->best_validation_loss()), nan_bits);
  EXPECT_TRUE(trial.end()->weights_digest().empty());
}

// Weights that a compare-and-select hides from the loss: the check at the epoch's end must find them.
TEST(Trial, AWeightThatIsNotFiniteDivergesEvenWhenNoLossShowsIt) {
  data::PreparedData data = problem(proto::TASK_BINARY, 32, 32);
  // One training step; its update overflows the weights, and no later loss of the epoch can tell.
  TrialSpec wild = spec(5, proto::OPTIMIZER_KIND_SGD, std::numeric_limits<float>::max());
  for (float& value : data.train.inputs) value *= 1e4F;
  Trial trial(data, wild);
  const proto::EpochResult result = *trial.train_epoch(always);
  ASSERT_TRUE(trial.end());
  EXPECT_EQ(trial.end()->outcome(), proto::OUTCOME_DIVERGED);
  EXPECT_EQ(trial.end()->epochs(), 1u);
  EXPECT_TRUE(result.fingerprint().empty());
}

TEST(Trial, AValidationLossThatIsNotFiniteDiverges) {
  data::PreparedData data = problem(proto::TASK_REGRESSION, 32, 32);
  data.validation.inputs[0] = std::numeric_limits<float>::max();
  TrialSpec linear = spec(5);
  linear.architecture.mutable_blocks()->Clear();
  Trial trial(data, linear);
  static_cast<void>(trial.train_epoch(always));
  ASSERT_TRUE(trial.end());
  EXPECT_EQ(trial.end()->outcome(), proto::OUTCOME_DIVERGED);
}

TEST(Trial, TheFinalRetrainingTrainsExactlyTheGivenEpochs) {
  const data::PreparedData data = problem(proto::TASK_MULTICLASS, 300, 0);
  TrialSpec final_spec = spec(1000);
  final_spec.final = true;
  final_spec.last_epoch = Epoch(7);
  final_spec.training.Clear();
  Trial trial(data, final_spec);
  const std::vector<proto::EpochResult> results = train_to_end(trial);
  ASSERT_EQ(results.size(), 7u);
  EXPECT_EQ(trial.end()->outcome(), proto::OUTCOME_COMPLETED);
  EXPECT_EQ(trial.end()->best_epoch(), 7u);
  EXPECT_EQ(bits(trial.end()->best_score()), nan_bits);
  EXPECT_EQ(bits(results[0].validation_loss()), nan_bits);
  EXPECT_EQ(bits(results[0].score()), nan_bits);
  EXPECT_TRUE(std::isfinite(results[6].train_loss()));

  // Its seeds are its own: the same architecture and data as a plain trial give other weights.
  Trial plain(data, spec(7));
  EXPECT_NE(plain.train_epoch(always)->fingerprint(), results[0].fingerprint());

  // The model holds the last epoch's weights: one epoch more changes it.
  final_spec.last_epoch = Epoch(8);
  Trial longer(data, final_spec);
  const std::vector<proto::EpochResult> more = train_to_end(longer);
  expect_equal(more[6], results[6]);
  EXPECT_NE(longer.end()->weights_digest(), trial.end()->weights_digest());
}

TEST(Trial, WithoutValidationRowsTheTrainingRowsAreJudged) {
  const data::PreparedData data = problem(proto::TASK_BINARY, 300, 0);
  Trial trial(data, spec(40));
  train_to_end(trial);
  EXPECT_GT(trial.end()->best_score(), 0.85);
  Predictor predictor(trial.model());
  EXPECT_EQ(predictor.evaluate(data.train).front().second, trial.end()->best_score());
}

TEST(Trial, ForeignCheckpointsAreRefusedAndChangeNothing) {
  const data::PreparedData data = problem(proto::TASK_BINARY, 64, 32);
  Trial trial(data, spec(5));
  static_cast<void>(trial.train_epoch(always));
  const std::string before = trial.checkpoint();
  const auto expect_refused = [&](const std::string& checkpoint, const char* what) {
    try {
      trial.restore(checkpoint);
      ADD_FAILURE() << what;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::corrupt) << what;
    }
    EXPECT_EQ(trial.checkpoint(), before) << what;
  };
  const auto of = [&](const data::PreparedData& other_data, const TrialSpec& other) {
    return Trial(other_data, other).checkpoint();
  };
  TrialSpec other = spec(5);
  other.trial = TrialId(4);
  expect_refused(of(data, other), "another trial");
  other = spec(5);
  other.seed = MasterSeed(43);
  expect_refused(of(data, other), "another seed");
  other = spec(5);
  other.final = true;
  other.last_epoch = Epoch(5);
  expect_refused(of(data, other), "a final trial");
  other = spec(5);
  other.architecture.mutable_blocks(0)->set_activation(proto::ACTIVATION_GELU);
  expect_refused(of(data, other), "another architecture of the same size");
  expect_refused(of(data, spec(6)), "another number of epochs");
  data::PreparedData other_data = data;
  other_data.train.inputs[0] += 1;
  expect_refused(of(other_data, spec(5)), "other training rows");
  other_data = data;
  test::make_image(2, 1, 1, other_data);
  expect_refused(of(other_data, spec(5)), "rows that are images");
  expect_refused(before.substr(0, before.size() / 2), "half a checkpoint");
}

TEST(Trial, MoreStepsThanCanBeAddressedAreRefused) {
  const data::PreparedData data = problem(proto::TASK_BINARY, 300, 20);
  TrialSpec endless = spec(1);
  endless.training.set_epochs(std::numeric_limits<std::uint32_t>::max());
  EXPECT_THROW(Trial(data, endless), Error);
}

}  // namespace
}  // namespace rondo::train
