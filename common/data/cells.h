// What a cell's text says: a missing value, a number, or text.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/text.h"
#include "common/data/csv.h"
#include "common/data/short_decimal.h"

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

// Most cells of most tables in one step: a number that starts with its sign or a digit. False says nothing.
[[nodiscard]] inline bool read_plain_number(std::string_view text, double& number) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  // What parse_double() takes whole and begins with a digit is a decimal number.
  if (text.empty() || text[0] < '0' || text[0] > '9') return false;
  if (!parse_double(text, number) || number > largest_number) return false;
  // Adding +0 turns -0 into +0.
  number = (negative ? -number : number) + 0.0;
  return true;
}

// The same, faster; the eight bytes in front of the text's end must be readable, also where it is shorter.
[[nodiscard]] inline bool read_plain_number_inside(std::string_view text, double& number) {
  const bool negative = text.starts_with('-');
  if (!short_decimal_ending_at(text.data() + text.size(), text.size() - (negative ? 1 : 0), number))
    return read_plain_number(text, number);
  number = (negative ? -number : number) + 0.0;
  return true;
}

// For messages: in quotes, shortened where it is long.
[[nodiscard]] std::string shown(std::string_view text);

// The cell as a number; std::nullopt where it is missing. Throws Error(bad_input) with name:line and the
// column's name for text and for what is out of range.
[[nodiscard]] std::optional<double> numeric_cell(const CsvTable& table, std::size_t row, std::size_t column);

}  // namespace rondo::data
