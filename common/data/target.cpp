#include "common/data/target.h"

#include <algorithm>
#include <cmath>

#include "common/base/check.h"
#include "common/base/error.h"
#include "common/base/text.h"
#include "common/data/cells.h"
#include "common/data/columns.h"
#include "common/data/preprocess.h"

namespace rondo::data {

namespace {

bool is_better_spelling(std::string_view a, std::string_view b) {
  return a.size() != b.size() ? a.size() < b.size() : a < b;
}

std::vector<double> target_numbers(const CsvTable& table, std::size_t column,
                                   std::span<const std::uint32_t> rows) {
  const auto refuse_missing = [&](std::uint32_t row) {
    throw_bad_input("{}:{}: the target '{}' is missing; fill it in, or remove the row", table.name(),
                    table.line(row), table.header()[column]);
  };
  if (!all_are_numbers(table, column)) {
    // The first row that is wrong is named, whatever is wrong with it.
    for (const std::uint32_t row : rows) {
      if (!numeric_cell(table, row, column)) refuse_missing(row);
    }
  }
  std::vector<double> numbers = numbers_of(table, column, rows);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (std::isnan(numbers[i])) refuse_missing(rows[i]);
  }
  return numbers;
}

}  // namespace

std::vector<std::string> collect_labels(const CsvTable& table, std::size_t column) {
  std::map<double, std::string_view> numbers;
  std::map<std::string_view, bool> texts;
  const ColumnWords words(table, column);
  for (std::size_t code = 0; code < words.size(); ++code) {
    const std::string_view text = words[code];
    const Cell cell = read_cell(text);
    if (cell.kind == CellKind::missing) continue;
    if (cell.kind == CellKind::number) {
      const auto [found, is_new] = numbers.try_emplace(cell.number, text);
      if (!is_new && is_better_spelling(text, found->second)) found->second = text;
    } else {
      texts.try_emplace(text, true);
    }
  }
  std::vector<std::string> labels;
  for (const auto& [number, text] : numbers) labels.emplace_back(text);
  for (const auto& [text, present] : texts) labels.emplace_back(text);
  return labels;
}

LabelIndex::LabelIndex(std::span<const std::string> labels) {
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const Cell cell = read_cell(labels[i]);
    const auto number = static_cast<std::uint32_t>(i);
    const bool is_new = cell.kind == CellKind::missing  ? false
                        : cell.kind == CellKind::number ? numbers_.try_emplace(cell.number, number).second
                                                        : texts_.try_emplace(labels[i], number).second;
    if (!is_new) throw_corrupt("model: its labels are no different classes; use an undamaged copy");
  }
}

std::optional<std::uint32_t> LabelIndex::find(std::string_view cell) const {
  const Cell value = read_cell(cell);
  if (value.kind == CellKind::missing) return std::nullopt;
  if (value.kind == CellKind::number) {
    const auto found = numbers_.find(value.number);
    return found == numbers_.end() ? std::nullopt : std::optional(found->second);
  }
  const auto found = texts_.find(cell);
  return found == texts_.end() ? std::nullopt : std::optional(found->second);
}

std::string shown_labels(std::span<const std::string> labels) {
  constexpr std::size_t most = 10;
  std::string text;
  for (std::size_t i = 0; i < std::min(most, labels.size()); ++i) {
    text += (i > 0 ? ", " : "") + shown(labels[i]);
  }
  return labels.size() > most ? text + ", …" : text;
}

std::vector<std::uint32_t> classes_of(const CsvTable& table, std::size_t column,
                                      std::span<const std::string> labels) {
  const LabelIndex index(labels);
  const ColumnWords words(table, column);
  std::vector<std::optional<std::uint32_t>> class_of_word;
  for (std::size_t code = 0; code < words.size(); ++code) class_of_word.push_back(index.find(words[code]));
  std::vector<std::uint32_t> classes;
  classes.reserve(table.rows());
  for (std::size_t row = 0; row < table.rows(); ++row) {
    const std::optional<std::uint32_t> found = class_of_word[words.code(row)];
    if (!found) {
      const std::string_view cell = table.cell(row, column);
      throw_bad_input(
          "{}:{}: the target '{}' is {}, which is none of the classes {}; correct or remove the row",
          table.name(), table.line(row), table.header()[column],
          read_cell(cell).kind == CellKind::missing ? "missing" : shown(cell), shown_labels(labels));
    }
    classes.push_back(*found);
  }
  return classes;
}

void refuse_missing_targets(const CsvTable& table, std::size_t column) {
  if (table.content(column).facts.missing == 0) return;
  constexpr std::size_t most = 5;
  std::size_t count = 0;
  std::string lines;
  for (std::size_t row = 0; row < table.rows(); ++row) {
    if (read_cell(table.cell(row, column)).kind != CellKind::missing) continue;
    if (count < most) lines += fmt::format("{}{}", count > 0 ? ", " : "", table.line(row));
    ++count;
  }
  throw_bad_input(
      "{}: the target '{}' is missing in {} of {} rows (line {}{}); fill it in, or remove these rows from "
      "the "
      "table",
      table.name(), table.header()[column], count, table.rows(), lines, count > most ? ", …" : "");
}

std::size_t find_column(const CsvTable& table, std::string_view name, std::string_view wanted_by) {
  if (const std::optional<std::size_t> column = table.find(name)) return *column;
  const std::optional<std::string> near = nearest_name(name, table.header());
  std::string hint;
  if (near) {
    hint = fmt::format("; did you mean '{}'?", *near);
  } else {
    constexpr std::size_t most = 8;
    hint = "; its columns are ";
    for (std::size_t i = 0; i < std::min(most, table.columns()); ++i) {
      hint += fmt::format("{}{}", i > 0 ? ", " : "", shown(table.header()[i]));
    }
    if (table.columns() > most) hint += ", …";
  }
  throw_bad_input("{}: {} has no column {}{}", wanted_by, table.name(), shown(name), hint);
}

void fit_target(const CsvTable& table, std::size_t column, std::span<const std::uint32_t> rows,
                proto::FittedTarget& target) {
  const Standard standard = fit_standard(target_numbers(table, column, rows));
  target.set_mean(standard.mean);
  target.set_scale(standard.scale);
}

void apply_target(const proto::FittedTarget& target, const CsvTable& table,
                  std::span<const std::uint32_t> rows, Part& part) {
  const std::size_t column = find_column(table, target.name(), "the model's target");
  if (target.task() == proto::TASK_REGRESSION) {
    part.raw_targets = target_numbers(table, column, rows);
    part.targets.reserve(rows.size());
    for (const double value : part.raw_targets) {
      part.targets.push_back(standardized(value, target.mean(), target.scale()));
    }
    return;
  }
  const std::vector<std::string> labels(target.labels().begin(), target.labels().end());
  const std::vector<std::uint32_t> classes = classes_of(table, column, labels);
  part.classes.reserve(rows.size());
  for (const std::uint32_t row : rows) part.classes.push_back(classes[row]);
}

}  // namespace rondo::data
