// What a column holds, read once when the table is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "common/data/large_pages.h"

namespace rondo::data {

// The cells of a column, counted over the whole table.
struct ColumnFacts {
  std::size_t missing = 0;
  std::size_t numbers = 0;       // out of range included: a numeric column then names the cell
  std::size_t out_of_range = 0;  // of them
  std::size_t texts = 0;
  std::optional<std::size_t> first_text;  // row
  bool integers = true;                   // all numbers are whole
};

// Cells of equal bytes have the same code: 0, 1, … in the order in which they first appear.
struct Words {
  LargeVector<std::uint32_t> codes;       // of every row
  std::vector<std::uint32_t> first_rows;  // of every code: the row that it first appears in
};

// Where all cells are missing or numbers, and there is one, `numbers` holds them all: NaN where one is
// missing, infinity where it is out of range. Else `words` does.
struct ColumnContent {
  ColumnFacts facts;
  LargeVector<double> numbers;
  Words words;
  [[nodiscard]] bool is_numeric() const { return !numbers.empty(); }
};

}  // namespace rondo::data
