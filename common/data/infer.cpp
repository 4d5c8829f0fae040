#include "common/data/infer.h"

#include <cmath>

#include "common/data/categories.h"
#include "common/data/cells.h"

namespace rondo::data {

namespace {

// A target of more different whole numbers is a quantity.
constexpr std::size_t most_number_classes = 20;
constexpr std::size_t rows_of_a_class = 10;

// Whether two cells say the same: as numbers in a numeric column, else by their bytes.
bool are_equal(std::string_view a, std::string_view b, proto::ColumnType type) {
  if (type != proto::COLUMN_TYPE_NUMERIC) return category_of(a) == category_of(b);
  const Cell x = read_cell(a);
  const Cell y = read_cell(b);
  return x.kind == y.kind && x.number == y.number;
}

}  // namespace

ColumnFacts facts_of(const CsvTable& table, std::size_t column) {
  ColumnFacts facts;
  for (std::size_t row = 0; row < table.rows(); ++row) {
    const Cell cell = read_cell(table.cell(row, column));
    switch (cell.kind) {
      case CellKind::missing:
        ++facts.missing;
        break;
      case CellKind::number:
        ++facts.numbers;
        facts.integers = facts.integers && cell.number == std::floor(cell.number);
        break;
      case CellKind::out_of_range:
        ++facts.numbers;
        facts.integers = false;
        break;
      case CellKind::text:
        if (!facts.first_text) facts.first_text = row;
        ++facts.texts;
    }
  }
  return facts;
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

std::string useless_because(const CsvTable& table, std::size_t column, proto::ColumnType type,
                            std::span<const std::uint32_t> training_rows) {
  const std::string_view first = table.cell(training_rows.front(), column);
  bool is_constant = true;
  for (const std::uint32_t row : training_rows) {
    is_constant = is_constant && are_equal(first, table.cell(row, column), type);
  }
  if (is_constant) return "every training row has the same value";
  if (type == proto::COLUMN_TYPE_CATEGORICAL &&
      count_categories(table, column, training_rows) == training_rows.size()) {
    return "every training row has a text of its own, as names and keys do";
  }
  return {};
}

}  // namespace rondo::data
