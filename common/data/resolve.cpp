#include "common/data/resolve.h"

#include <algorithm>
#include <map>
#include <utility>

#include "common/base/error.h"
#include "common/base/text.h"
#include "common/data/categories.h"
#include "common/data/cells.h"
#include "common/data/columns.h"
#include "common/data/infer.h"
#include "common/data/split.h"
#include "common/data/target.h"
#include "common/experiment/schema.h"
#include "common/experiment/values.h"
#include "common/metrics/metrics.h"

namespace rondo::data {

namespace {

// Two to train on, one to judge by.
constexpr std::size_t least_rows = 3;

std::string task_name(proto::Task task) {
  return enum_text(*proto::Task_descriptor()->FindValueByNumber(task));
}

double default_validation() {
  proto::Experiment defaults;
  fill_defaults(defaults);
  return defaults.split().validation();
}

class Resolver {
 public:
  Resolver(const proto::Experiment& experiment, const CsvTable& table)
      : experiment_(experiment), table_(table) {}

  proto::Experiment resolve() {
    fill_defaults(experiment_);
    check_bounds(experiment_);
    check_image();
    resolve_names();
    refuse_missing_targets(table_, target_);
    resolve_task();
    resolve_metric();
    resolve_split();
    resolve_columns();
    return std::move(experiment_);
  }

 private:
  void check_image() const;
  void resolve_names();
  void resolve_task();
  void check_classes();
  void resolve_metric();
  void resolve_split();
  void resolve_folds();
  void check_training_classes(const std::vector<std::uint32_t>& classes, const Split& split) const;
  void check_class_sizes(const std::vector<std::uint32_t>& classes) const;
  void check_folds(const std::vector<std::uint32_t>& classes, const Split& whole) const;
  void resolve_columns();
  [[nodiscard]] proto::Column resolve_column(std::size_t index, const proto::Column& given) const;

  [[nodiscard]] proto::DataSettings& data() { return *experiment_.mutable_data(); }
  [[nodiscard]] const std::string& target_name() const { return experiment_.data().target(); }
  [[nodiscard]] bool is_image() const { return experiment_.data().image().has_width(); }
  [[nodiscard]] bool is_regression() const { return experiment_.data().task() == proto::TASK_REGRESSION; }

  proto::Experiment experiment_;
  const CsvTable& table_;
  std::size_t target_ = 0;
  std::vector<bool> is_input_;        // of every column
  std::vector<std::string> labels_;   // classification
  std::vector<std::uint32_t> train_;  // rows
};

// Whether the inputs are what they are said to be shows when they are prepared.
void Resolver::check_image() const {
  const proto::ImageSettings& image = experiment_.data().image();
  if (is_image()) return;
  if (image.height() != 1 || image.channels() != 1) {
    throw_bad_input(
        "data.image has a height or channels, but no width; give data.image.width (--image-width)");
  }
  for (const std::uint32_t layers : experiment_.space().convolution_layers()) {
    if (layers == 0) continue;
    throw_bad_input(
        "space.convolution_layers has {}, but the rows are no images: say in data.image what the columns are "
        "(height, width, channels), or take [0]",
        layers);
  }
}

// Every name that the experiment mentions is a column, and none has two roles.
void Resolver::resolve_names() {
  if (table_.rows() < least_rows) {
    throw_bad_input("{}: too few rows: it has {}, and a search needs at least {}", table_.name(),
                    table_.rows(), least_rows);
  }
  if (target_name().empty()) throw_bad_input("data.target is empty: name the column to predict");
  target_ = find_column(table_, target_name(), "data.target");
  is_input_.assign(table_.columns(), true);
  is_input_[target_] = false;
  for (const std::string& name : data().drop()) {
    const std::size_t column = find_column(table_, name, "data.drop");
    if (column == target_)
      throw_bad_input("data.drop holds the target '{}'; take it out of one of them", name);
    is_input_[column] = false;
  }
  proto::SplitSettings& split = *experiment_.mutable_split();
  if (!split.column().empty()) {
    if (split.rule() == proto::SPLIT_RULE_AUTO) split.set_rule(proto::SPLIT_RULE_COLUMN);
    if (split.rule() != proto::SPLIT_RULE_COLUMN) {
      throw_bad_input("split.column is '{}', but split.rule is not column; take one of them out",
                      split.column());
    }
    const std::size_t column = find_column(table_, split.column(), "split.column");
    if (column == target_)
      throw_bad_input("split.column is the target '{}'; name another column", split.column());
    is_input_[column] = false;
  } else if (split.rule() == proto::SPLIT_RULE_COLUMN) {
    throw_bad_input("split.rule is column: name the column with split.column (--split-column)");
  }
  for (const proto::Column& column : data().columns()) {
    if (is_input_[find_column(table_, column.name(), "data.columns")]) continue;
    throw_bad_input("data.columns describes '{}', which is the target, dropped, or split.column; take it out",
                    column.name());
  }
}

void Resolver::resolve_task() {
  const ColumnFacts facts = facts_of(table_, target_);
  if (data().task() == proto::TASK_AUTO && is_quantity(table_, target_))
    data().set_task(proto::TASK_REGRESSION);
  if (data().task() != proto::TASK_REGRESSION) labels_ = collect_labels(table_, target_);
  if (data().task() == proto::TASK_AUTO) {
    data().set_task(infer_task(facts, labels_.size(), table_.rows()));
  }
  if (!is_regression()) {
    check_classes();
    return;
  }
  labels_.clear();
  refuse_text(table_, target_);
  const LargeVector<double>& numbers = table_.content(target_).numbers;
  const bool is_constant =
      std::all_of(numbers.begin(), numbers.end(), [&](double number) { return number == numbers[0]; });
  if (is_constant) {
    throw_bad_input("{}: the target '{}' is {} in every row; there is nothing to learn", table_.name(),
                    target_name(), shown(table_.cell(0, target_)));
  }
}

void Resolver::check_classes() {
  if (labels_.size() < 2) {
    throw_bad_input("{}: the target '{}' has one class, {}; there is nothing to learn", table_.name(),
                    target_name(), shown_labels(labels_));
  }
  if (data().task() == proto::TASK_BINARY && labels_.size() > 2) {
    throw_bad_input("{}: data.task is binary, and the target '{}' has {} classes: {}; set it to multiclass",
                    table_.name(), target_name(), labels_.size(), shown_labels(labels_));
  }
}

void Resolver::resolve_metric() {
  const proto::Task task = data().task();
  if (data().metric() == proto::METRIC_AUTO) data().set_metric(metrics::default_metric(task));
  if (metrics::metric_fits(task, data().metric())) return;
  std::string fitting;
  for (const proto::Metric metric : metrics::metrics_of(task)) {
    fitting += fmt::format("{}{}", fitting.empty() ? "" : ", ", metrics::metric_name(metric));
  }
  throw_bad_input("data.metric {} does not judge the task {} of the target '{}'; take one of {}",
                  metrics::metric_name(data().metric()), task_name(task), target_name(), fitting);
}

void Resolver::resolve_split() {
  proto::SplitSettings& split = *experiment_.mutable_split();
  if (split.rule() == proto::SPLIT_RULE_AUTO) {
    split.set_rule(is_regression() ? proto::SPLIT_RULE_SHUFFLED : proto::SPLIT_RULE_STRATIFIED);
  }
  const bool stratified = split.rule() == proto::SPLIT_RULE_STRATIFIED;
  if (stratified && is_regression()) {
    throw_bad_input("split.rule stratified needs classes, and the task is regression; take shuffled");
  }
  resolve_folds();
  std::vector<std::uint32_t> classes;
  if (!is_regression()) classes = classes_of(table_, target_, labels_);
  if (stratified) check_class_sizes(classes);
  Split parts = split_rows(split, MasterSeed(experiment_.search().seed()), table_, classes);
  if (!is_regression()) check_training_classes(classes, parts);
  if (split.folds() > 0) check_folds(classes, parts);
  train_ = std::move(parts.training);
}

// Folds take the place of the one validation part: what speaks of both is refused, and where they are,
// split.validation is 0, so that two spellings are one experiment.
void Resolver::resolve_folds() {
  proto::SplitSettings& split = *experiment_.mutable_split();
  if (split.folds() == 0) return;
  if (split.folds() == 1) {
    throw_bad_input("split.folds is 1: take 0 for one validation part, or 2 and more for cross-validation");
  }
  if (split.rule() != proto::SPLIT_RULE_SHUFFLED && split.rule() != proto::SPLIT_RULE_STRATIFIED) {
    throw_bad_input(
        "split.folds is {}, but split.rule {} names the validation rows itself; take auto, shuffled or "
        "stratified, or split.folds 0",
        split.folds(), enum_text(*proto::SplitRule_descriptor()->FindValueByNumber(split.rule())));
  }
  if (split.validation() != 0 && split.validation() != default_validation()) {
    throw_bad_input(
        "split.validation is {}, but split.folds is {}, and every fold is validation rows in its turn; "
        "take one of them out",
        shortest(split.validation()), split.folds());
  }
  split.set_validation(0);
}

// Stratified folds want a row of each class each, and whatever deals them leaves every class to train on.
void Resolver::check_folds(const std::vector<std::uint32_t>& classes, const Split& whole) const {
  const std::uint32_t folds = experiment_.split().folds();
  const bool stratified = experiment_.split().rule() == proto::SPLIT_RULE_STRATIFIED;
  std::vector<std::uint64_t> counts(labels_.size());
  for (const std::uint32_t row : whole.training) {
    if (!is_regression()) ++counts[classes[row]];
  }
  for (std::size_t c = 0; c < counts.size(); ++c) {
    if (!stratified || counts[c] >= folds) continue;
    throw_bad_input(
        "{}: class {} of the target '{}' has {} row{} that {} no test row{}, and split.folds is {}: each "
        "fold needs "
        "one of each class; take fewer folds, remove the class or join it with another",
        table_.name(), shown(labels_[c]), target_name(), counts[c], counts[c] == 1 ? "" : "s",
        counts[c] == 1 ? "is" : "are", counts[c] == 1 ? "" : "s", folds);
  }
  const MasterSeed seed(experiment_.search().seed());
  const std::vector<Split> splits =
      make_folds(whole, folds, seed, stratified ? std::span(classes) : std::span<const std::uint32_t>());
  if (is_regression()) return;
  for (const Split& fold : splits) check_training_classes(classes, fold);
}

// A stratified split wants a row of each class for each part that it makes.
void Resolver::check_class_sizes(const std::vector<std::uint32_t>& classes) const {
  const bool folded = experiment_.split().folds() > 0;  // check_folds() looks at what the test rows leave
  const std::uint64_t parts = (experiment_.split().test() > 0 ? 2U : 1U) + (folded ? 0U : 1U);
  std::vector<std::uint64_t> counts(labels_.size());
  for (const std::uint32_t c : classes) ++counts[c];
  for (std::size_t c = 0; c < counts.size(); ++c) {
    if (counts[c] >= parts) continue;
    throw_bad_input(
        "{}: class {} of the target '{}' has {} row{}, and a stratified split into {} parts needs {} of each "
        "class; remove the class or join it with another{}",
        table_.name(), shown(labels_[c]), target_name(), counts[c], counts[c] == 1 ? "" : "s", parts, parts,
        labels_.size() * 2 > classes.size() ? ", or name another target: most rows have a value of their own"
                                            : "");
  }
}

void Resolver::check_training_classes(const std::vector<std::uint32_t>& classes, const Split& split) const {
  std::vector<bool> seen(labels_.size());
  for (const std::uint32_t row : split.training) seen[classes[row]] = true;
  const auto absent = std::find(seen.begin(), seen.end(), false);
  if (absent == seen.end()) return;
  const bool folded = experiment_.split().folds() > 0;
  throw_bad_input("{}: class {} of the target '{}' has no training row{}; take split.rule stratified, or {}",
                  table_.name(), shown(labels_[static_cast<std::size_t>(absent - seen.begin())]),
                  target_name(), folded ? " in one of the folds" : "",
                  folded ? "other folds" : "a smaller split.validation or split.test");
}

proto::Column Resolver::resolve_column(std::size_t index, const proto::Column& given) const {
  proto::Column column = given;
  column.set_name(table_.header()[index]);
  if (column.type() == proto::COLUMN_TYPE_AUTO) {
    // Who chooses an encoding says that the column holds categories.
    column.set_type(column.encoding() == proto::CATEGORY_ENCODING_AUTO ? infer_type(facts_of(table_, index))
                                                                       : proto::COLUMN_TYPE_CATEGORICAL);
  }
  if (column.type() == proto::COLUMN_TYPE_NUMERIC) {
    if (column.encoding() != proto::CATEGORY_ENCODING_AUTO) {
      throw_bad_input(
          "data.columns: '{}' is numeric and has encoding {}; take type categorical, or no encoding",
          column.name(),
          enum_text(*proto::CategoryEncoding_descriptor()->FindValueByNumber(column.encoding())));
    }
    column.set_encoding(proto::CATEGORY_ENCODING_AUTO);
    refuse_text(table_, index);
  } else if (column.encoding() == proto::CATEGORY_ENCODING_AUTO) {
    const bool few = count_categories(table_, index, train_) <= experiment_.data().one_hot_limit();
    column.set_encoding(few ? proto::CATEGORY_ENCODING_ONE_HOT : proto::CATEGORY_ENCODING_FREQUENCY);
  }
  return column;
}

void Resolver::resolve_columns() {
  std::map<std::string, proto::Column> given;
  for (const proto::Column& column : data().columns()) given[column.name()] = column;
  data().clear_columns();
  for (std::size_t index = 0; index < table_.columns(); ++index) {
    if (!is_input_[index]) continue;
    const auto described = given.find(table_.header()[index]);
    const bool is_described = described != given.end();
    proto::Column column = resolve_column(index, is_described ? described->second : proto::Column());
    // What the user describes stays, whatever it holds, and so does an image's dark corner.
    if (!is_described && !is_image() && !useless_because(table_, index, column.type(), train_).empty()) {
      data().add_drop(column.name());
    } else {
      *data().add_columns() = std::move(column);
    }
  }
  if (!data().columns().empty()) return;
  throw_bad_input(
      "{}: no input column is left beside the target '{}': the others are dropped, hold one value, or hold "
      "another text in every row (describe one in data.columns to keep it)",
      table_.name(), target_name());
}

}  // namespace

proto::Experiment resolve(const proto::Experiment& experiment, const CsvTable& table) {
  return Resolver(experiment, table).resolve();
}

}  // namespace rondo::data
