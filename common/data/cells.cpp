#include "common/data/cells.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <optional>

#include "common/base/error.h"
#include "common/base/text.h"

namespace rondo::data {

namespace {

// In the order of bytes, so that they can be looked up.
constexpr std::array<std::string_view, 20> missing_marks = {
    "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NAN", "-NaN", "-nan", "1.#IND", "1.#QNAN",
    "<NA>", "N/A",      "NA",  "NAN",     "NULL",     "NaN",  "None", "n/a",  "nan",    "null"};
static_assert(std::is_sorted(missing_marks.begin(), missing_marks.end()));

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::size_t digits_from(std::string_view text, std::size_t begin) {
  std::size_t end = begin;
  while (end < text.size() && is_digit(text[end])) ++end;
  return end - begin;
}

// The parts of an unsigned decimal number: 12.5e-3 is {"12", "5", "-3"}.
struct Decimal {
  std::string_view whole;
  std::string_view fraction;
  std::string_view exponent;
};

std::optional<Decimal> decimal(std::string_view text) {
  Decimal parts;
  std::size_t at = digits_from(text, 0);
  parts.whole = text.substr(0, at);
  if (at < text.size() && text[at] == '.') {
    ++at;
    parts.fraction = text.substr(at, digits_from(text, at));
    at += parts.fraction.size();
  }
  if (parts.whole.empty() && parts.fraction.empty()) return std::nullopt;
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    std::size_t begin = at + 1;
    if (begin < text.size() && text[begin] == '+') ++begin;
    std::size_t end = begin;
    if (end == at + 1 && end < text.size() && text[end] == '-') ++end;
    const std::size_t count = digits_from(text, end);
    if (count == 0) return std::nullopt;
    parts.exponent = text.substr(begin, end + count - begin);
    at = end + count;
  }
  if (at != text.size()) return std::nullopt;
  return parts;
}

// Whether a number that no double holds is too small rather than too large.
bool is_tiny(const Decimal& parts) {
  const std::size_t first = parts.whole.find_first_not_of('0');
  std::int64_t magnitude = 0;
  if (first != std::string_view::npos) {
    magnitude = static_cast<std::int64_t>(parts.whole.size() - first);
  } else {
    const std::size_t zeros = parts.fraction.find_first_not_of('0');
    if (zeros == std::string_view::npos) return true;
    magnitude = -static_cast<std::int64_t>(zeros);
  }
  if (parts.exponent.empty()) return magnitude <= 0;
  const std::optional<std::int64_t> exponent = parse_i64(parts.exponent);
  if (!exponent) return parts.exponent.front() == '-';  // more digits than any text has places
  constexpr std::int64_t most = std::int64_t{1} << 62U;
  return std::clamp(*exponent, -most, most) + magnitude <= 0;
}

bool is_infinity(std::string_view text) {
  const auto equals = [&](std::string_view word) {
    return std::equal(text.begin(), text.end(), word.begin(), word.end(), [](char a, char b) {
      return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
    });
  };
  return equals("inf") || equals("infinity");
}

}  // namespace

Cell read_cell(std::string_view text) {
  double number = 0;
  if (read_plain_number(text, number)) return {CellKind::number, number};
  const std::string_view word = trimmed(text);
  if (word.empty()) return {};
  const bool negative = word[0] == '-';
  const std::string_view unsigned_word = word.substr(negative || word[0] == '+' ? 1 : 0);
  const std::optional<Decimal> parts = decimal(unsigned_word);
  if (!parts) {
    if (std::binary_search(missing_marks.begin(), missing_marks.end(), word)) return {};
    return {is_infinity(unsigned_word) ? CellKind::out_of_range : CellKind::text, 0};
  }
  if (!parse_double(unsigned_word, number)) {
    return {is_tiny(*parts) ? CellKind::number : CellKind::out_of_range, 0};
  }
  if (!(number <= largest_number)) return {CellKind::out_of_range, 0};
  return {CellKind::number, (negative ? -number : number) + 0.0};
}

std::string shown(std::string_view text) {
  constexpr std::size_t most = 40;
  if (text.size() <= most) return fmt::format("'{}'", text);
  std::size_t end = most;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80U) --end;
  return fmt::format("'{}…'", text.substr(0, end));
}

std::optional<double> numeric_cell(const CsvTable& table, std::size_t row, std::size_t column) {
  const ColumnContent& content = table.content(column);
  if (content.is_numeric()) {
    const double number = content.numbers[row];
    if (std::isnan(number)) return std::nullopt;
    if (std::isfinite(number)) return number;
  }
  const std::string_view text = table.cell(row, column);
  const Cell cell = read_cell(text);
  switch (cell.kind) {
    case CellKind::missing:
      return std::nullopt;
    case CellKind::number:
      return cell.number;
    case CellKind::out_of_range:
      throw_bad_input(
          "{}:{}: column '{}' holds {}, and numbers must lie between -{} and {}; correct the cell, or leave "
          "it "
          "empty if the value is missing",
          table.name(), table.line(row), table.header()[column], shown(text), shortest(largest_number),
          shortest(largest_number));
    case CellKind::text:
      break;
  }
  throw_bad_input(
      "{}:{}: column '{}' holds {}, and numbers are needed there; correct the cell, or leave it "
      "empty if the value is missing",
      table.name(), table.line(row), table.header()[column], shown(text));
}

}  // namespace rondo::data
