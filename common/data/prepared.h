// The parts that trials train and are judged on: tables as numbers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "common/architecture/architecture.h"
#include "common/data/csv.h"
#include "rondo/experiment.pb.h"
#include "rondo/model.pb.h"

namespace rondo::data {

// Rows in ascending order of their number in the table. What the task does not need stays empty, and all
// targets stay empty where none were asked for.
struct Part {
  std::size_t rows = 0;
  std::vector<float> inputs;           // rows × input_width(), row-major
  std::vector<std::uint32_t> classes;  // index of the label
  std::vector<float> targets;          // regression: standardised
  std::vector<double> raw_targets;     // regression: as the table has them
};

struct PreparedData {
  proto::Task task = proto::TASK_AUTO;
  proto::Metric metric = proto::METRIC_AUTO;
  proto::Preprocessing preprocessing;
  ProblemShape shape;
  Part train;
  Part validation;
  Part test;
};

// The rows that means, medians and categories are taken from, which are the rows of `train`.
enum class FitOn {
  training,                 // the search
  training_and_validation,  // the winner's retraining: `validation` is empty
};

// `resolved` comes from resolve() and the table is the one it was resolved on. Nothing in `preprocessing`
// depends on rows that are not in `train`. Throws Error(bad_input) when the two do not go together. With
// folds there is no one training part, so only the retraining's can be asked for.
[[nodiscard]] PreparedData prepare(const proto::Experiment& resolved, const CsvTable& table, FitOn fit_on);

// What a trial's networks are trained and judged on: one, or one for each fold of split.folds in their order,
// each fitted on its own training rows and so perhaps with other inputs. Folds have no test part. For the
// retraining: prepare()'s one.
[[nodiscard]] std::vector<PreparedData> prepare_folds(const proto::Experiment& resolved,
                                                      const CsvTable& table, FitOn fit_on);

// What a trial of `repeats` networks in each fold costs: ProblemShape::members is how many they are,
// training_rows the sum of theirs, inputs those of the widest.
[[nodiscard]] ProblemShape trial_shape(std::span<const PreparedData> folds, std::uint32_t repeats);

// All rows of another table, prepared as the model's own were. Columns are found by name, in any order;
// others are ignored. Throws Error(bad_input) for a missing column, a cell that is no number where one is
// needed, and, with the target, a missing or unknown label.
[[nodiscard]] Part prepare_part(const proto::Preprocessing& preprocessing, const CsvTable& table,
                                bool with_target);

}  // namespace rondo::data
