// What resolve() chose, in words.
#include <fmt/format.h>

#include <algorithm>

#include "common/data/infer.h"
#include "common/data/resolve.h"
#include "common/data/split.h"
#include "common/data/target.h"
#include "common/experiment/values.h"

namespace rondo::data {

namespace {

std::string task_note(const proto::DataSettings& settings, const CsvTable& table, std::size_t target) {
  if (settings.task() == proto::TASK_REGRESSION) {
    return fmt::format("task: regression, because '{}' holds many numbers (--task changes it)",
                       settings.target());
  }
  const std::vector<std::string> labels = collect_labels(table, target);
  return fmt::format("task: {}, because '{}' has {} classes: {} (--task changes it)",
                     enum_text(*proto::Task_descriptor()->FindValueByNumber(settings.task())),
                     settings.target(), labels.size(), shown_labels(labels));
}

// The rows that resolve() judged columns by.
std::vector<std::uint32_t> training_rows(const proto::Experiment& resolved, const CsvTable& table,
                                         std::size_t target) {
  std::vector<std::uint32_t> classes;
  if (resolved.split().rule() == proto::SPLIT_RULE_STRATIFIED) {
    classes = classes_of(table, target, collect_labels(table, target));
  }
  return split_rows(resolved.split(), MasterSeed(resolved.search().seed()), table, classes).training;
}

bool describes(const proto::DataSettings& settings, const std::string& name) {
  return std::any_of(settings.columns().begin(), settings.columns().end(),
                     [&](const proto::Column& column) { return column.name() == name; });
}

}  // namespace

std::vector<std::string> resolution_notes(const proto::Experiment& given, const proto::Experiment& resolved,
                                          const CsvTable& table) {
  std::vector<std::string> notes;
  const std::size_t target = find_column(table, resolved.data().target(), "data.target");
  if (given.data().task() == proto::TASK_AUTO) notes.push_back(task_note(resolved.data(), table, target));

  const auto& dropped_before = given.data().drop();
  const std::vector<std::uint32_t> rows = training_rows(resolved, table, target);
  for (const std::string& name : resolved.data().drop()) {
    if (std::find(dropped_before.begin(), dropped_before.end(), name) != dropped_before.end()) continue;
    const std::size_t column = find_column(table, name, "data.drop");
    notes.push_back(fmt::format("column '{}' is left out: {} (describe it in data.columns to keep it)", name,
                                useless_because(table, column, infer_type(facts_of(table, column)), rows)));
  }
  for (const proto::Column& column : resolved.data().columns()) {
    if (column.type() != proto::COLUMN_TYPE_CATEGORICAL || describes(given.data(), column.name())) continue;
    const std::size_t index = find_column(table, column.name(), "data.columns");
    const ColumnFacts facts = facts_of(table, index);
    if (facts.texts >= facts.numbers) continue;
    notes.push_back(
        fmt::format("column '{}' is categorical, although {} of its cells are numbers: line {} holds {} (an "
                    "empty cell is "
                    "a missing number)",
                    column.name(), facts.numbers, table.line(*facts.first_text),
                    shown_labels(std::vector{std::string(table.cell(*facts.first_text, index))})));
  }
  return notes;
}

}  // namespace rondo::data
