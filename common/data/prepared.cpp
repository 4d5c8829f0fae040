#include "common/data/prepared.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <numeric>

#include "common/base/check.h"
#include "common/base/error.h"
#include "common/data/preprocess.h"
#include "common/data/split.h"
#include "common/data/target.h"

namespace rondo::data {

namespace {

Part make_part(const proto::Preprocessing& preprocessing, const CsvTable& table,
               std::span<const std::uint32_t> rows, bool with_target) {
  Part part;
  part.rows = rows.size();
  part.inputs = apply_columns(preprocessing, table, rows);
  if (with_target) apply_target(preprocessing.target(), table, rows, part);
  return part;
}

void check_target(const proto::FittedTarget& target) {
  const bool sound = target.task() == proto::TASK_REGRESSION
                         ? std::isfinite(target.mean()) && std::isfinite(target.scale()) && target.scale() > 0
                         : target.labels_size() > 0;
  if (!sound) throw_corrupt("model: its target is damaged; use an undamaged copy");
}

// What all parts of one table share.
struct Source {
  const proto::Experiment& resolved;
  const CsvTable& table;
  std::size_t target;
  std::vector<std::string> labels;     // classification
  std::vector<std::uint32_t> classes;  // of every row, for the stratified rule
};

Source source_of(const proto::Experiment& resolved, const CsvTable& table) {
  const proto::DataSettings& settings = resolved.data();
  RONDO_CHECK(settings.task() != proto::TASK_AUTO && settings.metric() != proto::METRIC_AUTO,
              "the experiment is not resolved");
  Source source{resolved, table, find_column(table, settings.target(), "data.target"), {}, {}};
  if (settings.task() != proto::TASK_REGRESSION) source.labels = collect_labels(table, source.target);
  if (resolved.split().rule() == proto::SPLIT_RULE_STRATIFIED)
    source.classes = classes_of(table, source.target, source.labels);
  return source;
}

// Which rows are in which part, by the experiment alone: fit_on does not move a row across the test's border.
Split split_of(const Source& source, FitOn fit_on) {
  const MasterSeed seed(source.resolved.search().seed());
  Split split = split_rows(source.resolved.split(), seed, source.table, source.classes);
  if (fit_on == FitOn::training_and_validation) {
    std::vector<std::uint32_t> both;
    std::merge(split.training.begin(), split.training.end(), split.validation.begin(), split.validation.end(),
               std::back_inserter(both));
    split.training = std::move(both);
    split.validation.clear();
  }
  return split;
}

// "60 columns as numbers, 3 indicators of missing cells and 9 inputs of encoded categories"
std::string inputs_text(const proto::Preprocessing& preprocessing) {
  std::uint64_t numeric = 0;
  std::uint64_t indicators = 0;
  for (const proto::FittedColumn& column : preprocessing.columns()) {
    if (column.type() != proto::COLUMN_TYPE_NUMERIC) continue;
    ++numeric;
    if (column.indicator()) ++indicators;
  }
  const std::uint64_t categories = input_width(preprocessing) - numeric - indicators;
  std::string text = fmt::format("{} numeric columns", numeric);
  if (indicators > 0) {
    text += fmt::format(", {} indicators of missing cells (data.missing_indicator: false leaves them out)",
                        indicators);
  }
  if (categories > 0) text += fmt::format(", {} inputs of encoded categories", categories);
  return text;
}

// The image that the inputs of a row are, if data.image says so.
ImageShape image_of(const proto::ImageSettings& image, const proto::Preprocessing& preprocessing) {
  if (!image.has_width()) return {};
  const ImageShape shape{image.height(), image.width(), image.channels()};
  const std::uint64_t wanted = shape.height * shape.width * shape.channels;  // below 2^52
  const std::uint64_t inputs = input_width(preprocessing);
  if (wanted != inputs) {
    throw_bad_input(
        "data.image: {} x {} x {} are {} numbers, but a row has {} inputs: {}; give the image's extents, and "
        "leave other columns out with data.drop",
        shape.height, shape.width, shape.channels, wanted, inputs, inputs_text(preprocessing));
  }
  return shape;
}

void set_image(const ImageShape& shape, PreparedData& data) {
  data.shape.image = shape;
  if (!shape.exists()) return;
  proto::Image& image = *data.preprocessing.mutable_image();
  image.set_height(static_cast<std::uint32_t>(shape.height));
  image.set_width(static_cast<std::uint32_t>(shape.width));
  image.set_channels(static_cast<std::uint32_t>(shape.channels));
}

PreparedData prepare_split(const Source& source, const Split& split) {
  const proto::DataSettings& settings = source.resolved.data();
  const CsvTable& table = source.table;
  PreparedData data;
  data.task = settings.task();
  data.metric = settings.metric();
  proto::FittedTarget& target = *data.preprocessing.mutable_target();
  target.set_name(settings.target());
  target.set_task(settings.task());
  if (settings.task() == proto::TASK_REGRESSION) {
    fit_target(table, source.target, split.training, target);
  } else {
    target.mutable_labels()->Assign(source.labels.begin(), source.labels.end());
  }
  for (const proto::Column& column : settings.columns()) {
    *data.preprocessing.add_columns() = fit_column(column, settings, table, split.training);
  }
  set_image(image_of(settings.image(), data.preprocessing), data);

  data.train = make_part(data.preprocessing, table, split.training, true);
  data.validation = make_part(data.preprocessing, table, split.validation, true);
  data.test = make_part(data.preprocessing, table, split.test, true);
  data.shape.inputs = input_width(data.preprocessing);
  data.shape.outputs = settings.task() == proto::TASK_MULTICLASS ? source.labels.size() : 1;
  data.shape.training_rows = data.train.rows;
  return data;
}

}  // namespace

PreparedData prepare(const proto::Experiment& resolved, const CsvTable& table, FitOn fit_on) {
  RONDO_CHECK(resolved.split().folds() == 0 || fit_on == FitOn::training_and_validation,
              "the training rows of {} folds as one part", resolved.split().folds());
  const Source source = source_of(resolved, table);
  return prepare_split(source, split_of(source, fit_on));
}

std::vector<PreparedData> prepare_folds(const proto::Experiment& resolved, const CsvTable& table,
                                        FitOn fit_on) {
  const Source source = source_of(resolved, table);
  const Split whole = split_of(source, fit_on);
  const std::uint32_t folds = resolved.split().folds();
  std::vector<PreparedData> prepared;
  if (folds == 0 || fit_on == FitOn::training_and_validation) {
    prepared.push_back(prepare_split(source, whole));
    return prepared;
  }
  for (const Split& fold : make_folds(whole, folds, MasterSeed(resolved.search().seed()), source.classes)) {
    prepared.push_back(prepare_split(source, fold));
  }
  return prepared;
}

ProblemShape trial_shape(std::span<const PreparedData> folds, std::uint32_t repeats) {
  RONDO_CHECK(!folds.empty() && repeats > 0, "{} folds x {} repeats", folds.size(), repeats);
  ProblemShape shape = folds.front().shape;
  shape.training_rows = 0;
  for (const PreparedData& fold : folds) {
    shape.inputs = std::max(shape.inputs, fold.shape.inputs);
    shape.training_rows += fold.shape.training_rows;
  }
  shape.training_rows *= repeats;
  shape.members = static_cast<std::uint32_t>(folds.size()) * repeats;
  return shape;
}

Part prepare_part(const proto::Preprocessing& preprocessing, const CsvTable& table, bool with_target) {
  check_target(preprocessing.target());
  std::vector<std::uint32_t> rows(table.rows());
  std::iota(rows.begin(), rows.end(), 0U);
  return make_part(preprocessing, table, rows, with_target);
}

}  // namespace rondo::data
