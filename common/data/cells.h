// What a cell's text says: a missing value, a number, or text.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "common/data/csv.h"

namespace rondo::data {

enum class CellKind {
  missing,       // empty, or one of the marks that pandas reads as missing (README.md)
  number,        // a decimal number, |value| ≤ largest_number; blanks around it do not count
  out_of_range,  // inf, infinity or a decimal number beyond largest_number
  text,
};

// Squares of such numbers can be summed over any table without overflow.
inline constexpr double largest_number = 1e120;

struct Cell {
  CellKind kind = CellKind::missing;
  double number = 0;  // kind number: correctly rounded, never -0
};

[[nodiscard]] Cell read_cell(std::string_view text);

// For messages: in quotes, shortened where it is long.
[[nodiscard]] std::string shown(std::string_view text);

// The cell as a number; std::nullopt where it is missing. Throws Error(bad_input) with name:line and the
// column's name for text and for what is out of range.
[[nodiscard]] std::optional<double> numeric_cell(const CsvTable& table, std::size_t row, std::size_t column);

}  // namespace rondo::data
