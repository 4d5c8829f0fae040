// Small prepared problems, made from a rule and seeded noise, for tests of trials.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>

#include "common/data/prepared.h"
#include "common/random/draws.h"
#include "worker/train/trial.h"

namespace rondo::train::test {

inline float noise(std::uint32_t purpose, std::size_t element) {
  return 2 * random::Draws(random::Key(5), random::Stream::augmentation, purpose, 0).uniform_float(element) -
         1;
}

// The fitted columns of `inputs` plain numeric inputs.
inline proto::Preprocessing plain_columns(std::size_t inputs) {
  proto::Preprocessing preprocessing;
  for (std::size_t i = 0; i < inputs; ++i) {
    proto::FittedColumn& column = *preprocessing.add_columns();
    column.set_name("x" + std::string(1, static_cast<char>('a' + i)));
    column.set_type(proto::COLUMN_TYPE_NUMERIC);
    column.set_scale(1);
  }
  return preprocessing;
}

// Inputs in the square [-1, 1)². Binary: whether the point lies inside a circle; multiclass: the ring it lies
// in; regression: the square of the distance, standardised with mean 2/3 and scale 0.4.
inline void fill(data::Part& part, proto::Task task, std::size_t rows, std::uint32_t purpose) {
  part.rows = rows;
  for (std::size_t r = 0; r < rows; ++r) {
    const float x = noise(purpose, 2 * r);
    const float y = noise(purpose, 2 * r + 1);
    part.inputs.insert(part.inputs.end(), {x, y});
    const double distance = static_cast<double>(x * x + y * y);
    if (task == proto::TASK_BINARY) part.classes.push_back(distance < 0.6 ? 1 : 0);
    if (task == proto::TASK_MULTICLASS) part.classes.push_back(distance < 0.4 ? 0 : distance < 0.8 ? 1 : 2);
    if (task == proto::TASK_REGRESSION) {
      part.raw_targets.push_back(distance);
      part.targets.push_back(static_cast<float>((distance - 2.0 / 3) / 0.4));
    }
  }
}

inline data::PreparedData problem(proto::Task task, std::size_t training_rows = 300,
                                  std::size_t validation_rows = 100) {
  data::PreparedData data;
  data.task = task;
  data.metric = task == proto::TASK_REGRESSION ? proto::METRIC_RMSE : proto::METRIC_ACCURACY;
  data.preprocessing = plain_columns(2);
  proto::FittedTarget& target = *data.preprocessing.mutable_target();
  target.set_name("y");
  target.set_task(task);
  if (task == proto::TASK_REGRESSION) {
    target.set_mean(2.0 / 3);
    target.set_scale(0.4);
  } else {
    for (const char* label : {"a", "b"}) target.add_labels(label);
    if (task == proto::TASK_MULTICLASS) target.add_labels("c");
  }
  data.shape = {2, task == proto::TASK_MULTICLASS ? 3u : 1u, training_rows};
  fill(data.train, task, training_rows, 1);
  if (validation_rows > 0) fill(data.validation, task, validation_rows, 2);
  return data;
}

// The same rows as images.
inline void make_image(std::uint32_t height, std::uint32_t width, std::uint32_t channels,
                       data::PreparedData& data) {
  data.shape.image = {height, width, channels};
  proto::Image& image = *data.preprocessing.mutable_image();
  image.set_height(height);
  image.set_width(width);
  image.set_channels(channels);
}

inline TrialSpec spec(std::uint32_t epochs, proto::OptimizerKind optimizer = proto::OPTIMIZER_KIND_ADAM,
                      float learning_rate = 0.01F) {
  TrialSpec spec;
  spec.seed = MasterSeed(42);
  spec.trial = TrialId(3);
  for (int i = 0; i < 2; ++i) {
    proto::DenseBlock& block = *spec.architecture.add_blocks();
    block.set_units(16);
    block.set_activation(i == 0 ? proto::ACTIVATION_RELU : proto::ACTIVATION_TANH);
    block.set_batch_norm(i == 0);
    block.set_dropout(i == 1 ? 0.25F : 0.0F);
  }
  spec.architecture.mutable_optimizer()->set_kind(optimizer);
  spec.architecture.mutable_optimizer()->set_learning_rate(learning_rate);
  if (optimizer == proto::OPTIMIZER_KIND_ADAMW)
    spec.architecture.mutable_optimizer()->set_weight_decay(0.01F);
  if (optimizer == proto::OPTIMIZER_KIND_SGD) spec.architecture.mutable_optimizer()->set_momentum(0.9F);
  spec.architecture.set_batch_size(32);
  spec.training.set_epochs(epochs);
  spec.training.set_patience(10);
  spec.training.set_min_delta(1e-4);
  return spec;
}

inline bool always() {
  return true;
}

// Every epoch until the trial's end.
inline std::vector<proto::EpochResult> train_to_end(Trial& trial) {
  std::vector<proto::EpochResult> results;
  while (!trial.end()) results.push_back(*trial.train_epoch(always));
  return results;
}

}  // namespace rondo::train::test
