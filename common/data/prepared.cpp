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

// Which rows are in which part, by the experiment alone: fit_on does not move a row across the test's border.
Split split_of(const proto::Experiment& resolved, const CsvTable& table,
               const std::vector<std::string>& labels, FitOn fit_on) {
  std::vector<std::uint32_t> classes;
  if (resolved.split().rule() == proto::SPLIT_RULE_STRATIFIED) {
    classes = classes_of(table, find_column(table, resolved.data().target(), "data.target"), labels);
  }
  Split split = split_rows(resolved.split(), MasterSeed(resolved.search().seed()), table, classes);
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

}  // namespace

PreparedData prepare(const proto::Experiment& resolved, const CsvTable& table, FitOn fit_on) {
  const proto::DataSettings& settings = resolved.data();
  RONDO_CHECK(settings.task() != proto::TASK_AUTO && settings.metric() != proto::METRIC_AUTO,
              "the experiment is not resolved");
  const std::size_t target_column = find_column(table, settings.target(), "data.target");
  PreparedData data;
  data.task = settings.task();
  data.metric = settings.metric();
  proto::FittedTarget& target = *data.preprocessing.mutable_target();
  target.set_name(settings.target());
  target.set_task(settings.task());
  std::vector<std::string> labels;
  if (settings.task() != proto::TASK_REGRESSION) labels = collect_labels(table, target_column);

  const Split split = split_of(resolved, table, labels, fit_on);
  if (settings.task() == proto::TASK_REGRESSION) {
    fit_target(table, target_column, split.training, target);
  } else {
    target.mutable_labels()->Assign(labels.begin(), labels.end());
  }
  for (const proto::Column& column : settings.columns()) {
    *data.preprocessing.add_columns() = fit_column(column, settings, table, split.training);
  }
  set_image(image_of(settings.image(), data.preprocessing), data);

  data.train = make_part(data.preprocessing, table, split.training, true);
  data.validation = make_part(data.preprocessing, table, split.validation, true);
  data.test = make_part(data.preprocessing, table, split.test, true);
  data.shape.inputs = input_width(data.preprocessing);
  data.shape.outputs = settings.task() == proto::TASK_MULTICLASS ? labels.size() : 1;
  data.shape.training_rows = data.train.rows;
  return data;
}

Part prepare_part(const proto::Preprocessing& preprocessing, const CsvTable& table, bool with_target) {
  check_target(preprocessing.target());
  std::vector<std::uint32_t> rows(table.rows());
  std::iota(rows.begin(), rows.end(), 0U);
  return make_part(preprocessing, table, rows, with_target);
}

}  // namespace rondo::data
