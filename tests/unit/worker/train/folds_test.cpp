// Trials of several networks: folds and repeats side by side.
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <vector>

#include "common/base/digest.h"
#include "common/base/error.h"
#include "tests/unit/worker/train/problems.h"
#include "worker/train/checkpoint.h"
#include "worker/train/member.h"

namespace rondo::train {
namespace {

using test::always;
using test::spec;
using test::train_to_end;

// Two folds of unequal size, the second with an input more.
std::vector<data::PreparedData> two_folds(proto::Task task) {
  std::vector<data::PreparedData> folds{test::problem(task, 101, 50), test::problem(task, 97, 54)};
  data::PreparedData& wide = folds[1];
  wide.preprocessing.mutable_columns()->CopyFrom(test::plain_columns(3).columns());
  wide.shape.inputs = 3;
  for (data::Part* part : {&wide.train, &wide.validation}) {
    part->inputs.clear();
    for (std::size_t i = 0; i < part->rows * 3; ++i) part->inputs.push_back(test::noise(7, i));
  }
  return folds;
}

TrialSpec two_by_two(std::uint32_t epochs) {
  TrialSpec s = spec(epochs);
  s.training.set_repeats(2);
  return s;
}

// The members that a trial of 2 folds and 2 repeats has, in its order.
std::vector<Member> members_by_hand(const std::vector<data::PreparedData>& folds, const TrialSpec& s) {
  std::vector<Member> members;
  for (const auto& [fold, repeat] : {std::pair{0U, 0U}, {1U, 0U}, {0U, 1U}, {1U, 1U}}) {
    const random::Key key = random::derive_key(s.seed, random::Domain::trial, s.trial, fold, repeat);
    members.emplace_back(folds[fold], s.architecture, key, kernels::Threads());
  }
  return members;
}

class Folds : public testing::TestWithParam<proto::Task> {};
INSTANTIATE_TEST_SUITE_P(Tasks, Folds,
                         testing::Values(proto::TASK_BINARY, proto::TASK_MULTICLASS, proto::TASK_REGRESSION));

TEST_P(Folds, AnEpochIsTheMeanOfItsMembersInTheirOrder) {
  const std::vector<data::PreparedData> folds = two_folds(GetParam());
  TrialSpec s = two_by_two(6);
  Trial trial(folds, s);
  std::vector<Member> members = members_by_hand(folds, s);
  double best = std::numeric_limits<double>::infinity();
  std::uint32_t best_epoch = 0;
  Digest best_digest{};
  while (!trial.end()) {
    const auto result = trial.train_epoch(always);
    double train_loss = 0;
    double loss = 0;
    double score = 0;
    Xxh3 fingerprint;
    Sha256 weights;
    for (Member& member : members) {
      train_loss += *member.train(result->epoch(), always);
      const auto judged = member.judge(always);
      loss += judged->loss;
      score += judged->score;
      const Fingerprint one = member.fingerprint();
      fingerprint.update(std::as_bytes(std::span(one)));
      member.keep_best();
      weights.update(to_bytes(member.best_digest()));
    }
    EXPECT_EQ(result->train_loss(), train_loss / 4);
    EXPECT_EQ(result->validation_loss(), loss / 4);
    EXPECT_EQ(result->score(), score / 4);
    EXPECT_EQ(result->fingerprint(), to_bytes(fingerprint.finish()));
    if (loss / 4 < best - s.training.min_delta()) {
      best = loss / 4;
      best_epoch = result->epoch();
      best_digest = weights.finish();
    }
  }
  EXPECT_EQ(trial.end()->outcome(), proto::OUTCOME_COMPLETED);
  EXPECT_EQ(trial.end()->best_epoch(), best_epoch);
  EXPECT_EQ(trial.end()->best_validation_loss(), best);
  EXPECT_EQ(trial.end()->weights_digest(), to_bytes(best_digest));
}

// The keys of fold 0 and repeat 0 are a single network's, and nothing is hashed twice.
TEST_P(Folds, OneMemberHasTheBitsOfATrialWithoutFolds) {
  const data::PreparedData data = test::problem(GetParam());
  TrialSpec once = spec(4);
  TrialSpec stated = once;
  stated.training.set_repeats(1);
  Trial plain(data, once);
  Trial folded(std::span(&data, 1), stated);
  std::vector<Member> alone;
  alone.emplace_back(data, once.architecture,
                     random::derive_key(once.seed, random::Domain::trial, once.trial), kernels::Threads());
  while (!plain.end()) {
    const auto expected = plain.train_epoch(always);
    EXPECT_EQ(folded.train_epoch(always)->SerializeAsString(), expected->SerializeAsString());
    EXPECT_EQ(expected->train_loss(), *alone[0].train(expected->epoch(), always));
    EXPECT_EQ(expected->validation_loss(), alone[0].judge(always)->loss);
    EXPECT_EQ(expected->fingerprint(), to_bytes(alone[0].fingerprint()));
  }
  EXPECT_EQ(folded.end()->SerializeAsString(), plain.end()->SerializeAsString());
}

TEST(Repeats, DifferInTheirKeyAlone) {
  const data::PreparedData data = test::problem(proto::TASK_BINARY);
  TrialSpec s = spec(2);
  Trial one(data, s);
  s.training.set_repeats(3);
  Trial three(data, s);
  const auto a = one.train_epoch(always);
  const auto b = three.train_epoch(always);
  EXPECT_NE(a->train_loss(), b->train_loss());
  const CheckpointData held = decode_checkpoint(three.checkpoint());
  ASSERT_EQ(held.members.size(), 3U);
  EXPECT_NE(held.members[0].network, held.members[1].network);
  EXPECT_NE(held.members[1].network, held.members[2].network);
  EXPECT_EQ(held.members[0].network, decode_checkpoint(one.checkpoint()).members[0].network);
}

TEST_P(Folds, GoOnFromACheckpointOfAnyEpoch) {
  const std::vector<data::PreparedData> folds = two_folds(GetParam());
  TrialSpec s = two_by_two(6);
  s.training.set_patience(2);
  Trial whole(folds, s);
  std::vector<std::string> checkpoints{whole.checkpoint()};
  std::vector<std::string> results;
  while (!whole.end()) {
    results.push_back(whole.train_epoch(always)->SerializeAsString());
    checkpoints.push_back(whole.checkpoint());
  }
  for (std::size_t epoch = 0; epoch < checkpoints.size(); ++epoch) {
    Trial again(folds, s);
    again.restore(checkpoints[epoch]);
    EXPECT_EQ(again.checkpoint(), checkpoints[epoch]);
    for (std::size_t next = epoch; !again.end(); ++next) {
      ASSERT_LT(next, results.size());
      EXPECT_EQ(again.train_epoch(always)->SerializeAsString(), results[next]) << epoch;
    }
    EXPECT_EQ(again.end()->SerializeAsString(), whole.end()->SerializeAsString());
  }
}

TEST(FoldsCheckpoint, OfAnotherNumberOfNetworksIsRefused) {
  const std::vector<data::PreparedData> folds = two_folds(proto::TASK_BINARY);
  Trial four(folds, two_by_two(3));
  static_cast<void>(four.train_epoch(always));
  const std::string bytes = four.checkpoint();
  Trial two(folds, spec(3));
  EXPECT_THROW(two.restore(bytes), Error);
  Trial one(folds[0], spec(3));
  EXPECT_THROW(one.restore(bytes), Error);
  CheckpointData fewer = decode_checkpoint(bytes);
  fewer.members.pop_back();
  EXPECT_THROW(four.restore(encode_checkpoint(fewer)), Error);
  for (auto floats :
       {&MemberCheckpoint::network, &MemberCheckpoint::best_network, &MemberCheckpoint::optimizer}) {
    CheckpointData shorter = decode_checkpoint(bytes);
    (shorter.members[3].*floats).pop_back();
    EXPECT_THROW(four.restore(encode_checkpoint(shorter)), Error);
  }
  EXPECT_EQ(four.checkpoint(), bytes) << "a refused checkpoint left something behind";
}

// Whichever it is, and however well the others do.
TEST_P(Folds, OneDivergedMemberIsADivergedTrial) {
  for (const std::size_t bad : {0U, 1U}) {
    std::vector<data::PreparedData> folds = two_folds(GetParam());
    folds[bad].train.inputs[5] = std::numeric_limits<float>::infinity();
    Trial trial(folds, two_by_two(3));
    const auto result = trial.train_epoch(always);
    ASSERT_TRUE(trial.end()) << bad;
    EXPECT_EQ(trial.end()->outcome(), proto::OUTCOME_DIVERGED);
    EXPECT_EQ(trial.end()->epochs(), 1U);
    EXPECT_EQ(trial.end()->best_epoch(), 0U);
    EXPECT_TRUE(trial.end()->weights_digest().empty());
    for (const double value : {result->train_loss(), result->validation_loss(), result->score()})
      EXPECT_EQ(std::bit_cast<std::uint64_t>(value), 0x7ff8000000000000U);
    EXPECT_TRUE(result->fingerprint().empty());
  }
}

// A later one keeps the best epoch before it, of all members.
TEST(FoldsDivergence, ReportsTheBestEpochBeforeIt) {
  const std::vector<data::PreparedData> folds = two_folds(proto::TASK_BINARY);
  Trial trial(folds, two_by_two(4));
  static_cast<void>(trial.train_epoch(always));
  CheckpointData held = decode_checkpoint(trial.checkpoint());
  const double loss = held.best_loss;
  held.members[3].network[0] = std::numeric_limits<float>::infinity();
  trial.restore(encode_checkpoint(held));
  static_cast<void>(trial.train_epoch(always));
  ASSERT_TRUE(trial.end());
  EXPECT_EQ(trial.end()->outcome(), proto::OUTCOME_DIVERGED);
  EXPECT_EQ(trial.end()->epochs(), 2U);
  EXPECT_EQ(trial.end()->best_epoch(), 1U);
  EXPECT_EQ(trial.end()->best_validation_loss(), loss);
  EXPECT_EQ(trial.end()->weights_digest().size(), sizeof(Digest));
}

TEST(FoldsOfATrial, AreGivenUpBetweenAnyTwoSteps) {
  const std::vector<data::PreparedData> folds = two_folds(proto::TASK_BINARY);
  std::size_t steps = 0;
  Trial counted(folds, two_by_two(2));
  const auto expected = counted.train_epoch([&] { return ++steps > 0; });
  // 101 and 97 rows in batches of 32, and one chunk of validation rows, twice over.
  EXPECT_EQ(steps, 2U * (4 + 1 + 4 + 1));
  for (std::size_t most = 0; most < steps; ++most) {
    Trial trial(folds, two_by_two(2));
    const std::string before = trial.checkpoint();
    std::size_t left = most;
    EXPECT_FALSE(trial.train_epoch([&] { return left-- > 0; })) << most;
    trial.restore(before);
    EXPECT_EQ(trial.train_epoch(always)->SerializeAsString(), expected->SerializeAsString()) << most;
  }
}

// Fold after fold, each the mean of its repeats.
TEST_P(Folds, PredictTheirValidationRowsByTheRepeatsMean) {
  const std::vector<data::PreparedData> folds = two_folds(GetParam());
  const TrialSpec s = two_by_two(3);
  Trial trial(folds, s);
  std::vector<Member> members = members_by_hand(folds, s);
  static_cast<void>(trial.train_epoch(always));
  for (Member& member : members) {
    static_cast<void>(member.train(1, always));
    static_cast<void>(member.judge(always));
  }
  std::string expected;
  const auto append = [&expected](auto value) {
    expected.append(reinterpret_cast<const char*>(&value), sizeof value);
  };
  for (const std::size_t fold : {std::size_t{0}, std::size_t{1}}) {
    const Predictions& first = members[fold].predictions();
    const Predictions& second = members[fold + 2].predictions();
    for (std::size_t i = 0; i < first.probabilities.size(); ++i) {
      const double sum =
          static_cast<double>(first.probabilities[i]) + static_cast<double>(second.probabilities[i]);
      append(static_cast<float>(sum / 2));
    }
    for (std::size_t i = 0; i < first.values.size(); ++i) append((first.values[i] + second.values[i]) / 2);
  }
  EXPECT_EQ(trial.validation_predictions(), expected);
  // Those of a later epoch are others.
  static_cast<void>(trial.train_epoch(always));
  EXPECT_NE(trial.validation_predictions(), expected);
}

// The retraining is one network, whatever the trial was.
TEST(FoldsOfATrial, AFinalTrialHasOneNetwork) {
  const data::PreparedData data = test::problem(proto::TASK_BINARY, 151, 0);
  TrialSpec s = two_by_two(3);
  s.final = true;
  s.last_epoch = Epoch(2);
  Trial repeated(data, s);
  s.training.set_repeats(1);
  Trial once(data, s);
  EXPECT_EQ(train_to_end(repeated).back().fingerprint(), train_to_end(once).back().fingerprint());
  EXPECT_EQ(repeated.model().SerializeAsString(), once.model().SerializeAsString());
}

TEST(FoldsOfATrial, AskForTheMemoryOfAllTheirNetworks) {
  const std::vector<data::PreparedData> folds = two_folds(proto::TASK_BINARY);
  const ProblemShape shape = data::trial_shape(folds, 3);
  EXPECT_EQ(shape.inputs, 3U);
  EXPECT_EQ(shape.training_rows, 3U * (101 + 97));
  EXPECT_EQ(shape.members, 6U);
  const proto::Architecture architecture = spec(1).architecture;
  EXPECT_EQ(trial_bytes(architecture, shape), 6 * trial_bytes(architecture, folds[1].shape));
  std::size_t taken = 0;
  for (const Member& member : members_by_hand(folds, spec(1))) taken += member.bytes();
  EXPECT_LE(taken, trial_bytes(architecture, data::trial_shape(folds, 2)));
}

}  // namespace
}  // namespace rondo::train
