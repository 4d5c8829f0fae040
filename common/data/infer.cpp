#include "common/data/infer.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "common/base/check.h"
#include "common/data/categories.h"
#include "common/data/columns.h"

namespace rondo::data {

namespace {

// A target of more different whole numbers is a quantity.
constexpr std::size_t most_number_classes = 20;
constexpr std::size_t rows_of_a_class = 10;

bool is_constant(const CsvTable& table, std::size_t column, proto::ColumnType type,
                 std::span<const std::uint32_t> rows) {
  if (type == proto::COLUMN_TYPE_NUMERIC) {
    const LargeVector<double>& numbers = table.content(column).numbers;
    RONDO_CHECK(!numbers.empty(), "column {} has text", column);
    const double first = numbers[rows.front()];
    return std::all_of(rows.begin(), rows.end(), [&](std::uint32_t row) {
      return numbers[row] == first || (std::isnan(numbers[row]) && std::isnan(first));
    });
  }
  const ColumnWords words(table, column);
  const std::uint32_t first = words.code(rows.front());
  return std::all_of(rows.begin(), rows.end(), [&](std::uint32_t row) {
    const std::uint32_t code = words.code(row);
    return code == first || category_of(words[code]) == category_of(words[first]);
  });
}

}  // namespace

ColumnFacts facts_of(const CsvTable& table, std::size_t column) {
  return table.content(column).facts;
}

proto::ColumnType infer_type(const ColumnFacts& facts) {
  return facts.texts == 0 && facts.numbers > 0 ? proto::COLUMN_TYPE_NUMERIC : proto::COLUMN_TYPE_CATEGORICAL;
}

proto::Task infer_task(const ColumnFacts& facts, std::size_t classes, std::size_t rows) {
  if (classes <= 2) return proto::TASK_BINARY;
  if (facts.texts > 0) return proto::TASK_MULTICLASS;
  const bool few = classes <= most_number_classes && classes * rows_of_a_class <= rows;
  return facts.integers && few ? proto::TASK_MULTICLASS : proto::TASK_REGRESSION;
}

bool is_quantity(const CsvTable& table, std::size_t column) {
  std::vector<double> seen;
  for (const double number : table.content(column).numbers) {
    const auto place = std::lower_bound(seen.begin(), seen.end(), number);
    if (std::isnan(number) || (place != seen.end() && *place == number)) continue;
    if (seen.size() == most_number_classes) return true;
    seen.insert(place, number);
  }
  return false;
}

std::string useless_because(const CsvTable& table, std::size_t column, proto::ColumnType type,
                            std::span<const std::uint32_t> training_rows) {
  if (is_constant(table, column, type, training_rows)) return "every training row has the same value";
  if (type == proto::COLUMN_TYPE_CATEGORICAL &&
      count_categories(table, column, training_rows) == training_rows.size()) {
    return "every training row has a text of its own, as names and keys do";
  }
  return {};
}

}  // namespace rondo::data
