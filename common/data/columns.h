// From a table's cells to its columns: numbers, or words by their codes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "common/data/csv.h"

namespace rondo::data {

// What every column of a table says, read while its rows are still coming, so that their text is read where
// it is near.
class ColumnsReader {
 public:
  // `rows`, about as many as will come, saves room from being taken anew. The table's columns are known.
  ColumnsReader(const CsvTable& table, std::size_t rows);
  ~ColumnsReader();
  ColumnsReader(const ColumnsReader&) = delete;
  ColumnsReader& operator=(const ColumnsReader&) = delete;

  // The rows from where it stopped to before `end`, whose cells must stand in the table for good.
  void read_until(std::size_t end);
  [[nodiscard]] std::size_t rows_read() const { return read_; }
  // All rows of the table have been read.
  [[nodiscard]] std::vector<ColumnContent> finish();

 private:
  class Column;
  std::vector<Column> columns_;
  std::size_t read_ = 0;
};

// The words of a column, whatever it holds: the table keeps those of a column with text, and others are made
// here. Valid as long as the table is.
class ColumnWords {
 public:
  ColumnWords(const CsvTable& table, std::size_t column);
  ColumnWords(const ColumnWords&) = delete;
  ColumnWords& operator=(const ColumnWords&) = delete;

  [[nodiscard]] std::size_t size() const { return words_->first_rows.size(); }
  [[nodiscard]] std::string_view operator[](std::size_t code) const {
    return table_.cell(words_->first_rows[code], column_);
  }
  [[nodiscard]] std::uint32_t code(std::size_t row) const { return words_->codes[row]; }

 private:
  const CsvTable& table_;
  std::size_t column_;
  Words own_;
  const Words* words_;
};

// The cells of some rows as numbers, NaN where one is missing. Throws as numeric_cell() does for the first
// row whose cell is none.
[[nodiscard]] std::vector<double> numbers_of(const CsvTable& table, std::size_t column,
                                             std::span<const std::uint32_t> rows);
// Whether numbers_of() refuses no row at all. Then content(column).numbers holds them, if one is not missing.
[[nodiscard]] bool all_are_numbers(const CsvTable& table, std::size_t column);
// Throws as numeric_cell() does for the first row of the table whose cell is neither missing nor a number.
void refuse_text(const CsvTable& table, std::size_t column);

}  // namespace rondo::data
