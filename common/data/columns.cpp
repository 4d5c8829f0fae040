#include "common/data/columns.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "common/base/digest.h"
#include "common/data/cells.h"

namespace rondo::data {

namespace {

// Gives codes to words. An open table of codes, at most half full, that only looks up: no order depends on
// it.
class WordIndex {
 public:
  WordIndex(const CsvTable& table, std::size_t column, std::size_t rows) : table_(table), column_(column) {
    words_.codes.reserve(rows);
  }

  // Of the next row, which starts a code of its own when no row before it holds the same bytes.
  std::uint32_t add(std::string_view word) {
    const auto row = static_cast<std::uint32_t>(words_.codes.size());
    // Neighbours are often equal.
    if (row == 0 || word != table_.cell(words_.first_rows[words_.codes.back()], column_)) {
      words_.codes.push_back(code_of(word, row));
    } else {
      words_.codes.push_back(words_.codes.back());
    }
    return words_.codes.back();
  }
  [[nodiscard]] std::size_t size() const { return words_.first_rows.size(); }
  Words finish() {
    words_.first_rows.shrink_to_fit();
    return std::move(words_);
  }

 private:
  static constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();

  // Where the word is, or would be.
  [[nodiscard]] std::size_t slot_of(std::string_view word) const {
    std::size_t slot = xxh3_64(word) & (slots_.size() - 1);
    while (slots_[slot] != none && table_.cell(words_.first_rows[slots_[slot]], column_) != word) {
      slot = (slot + 1) & (slots_.size() - 1);
    }
    return slot;
  }

  std::uint32_t code_of(std::string_view word, std::uint32_t row) {
    std::size_t slot = slot_of(word);
    if (slots_[slot] != none) return slots_[slot];
    if (2 * (size() + 1) > slots_.size()) {
      slots_.assign(4 * slots_.size(), none);
      for (std::uint32_t code = 0; code < size(); ++code) {
        slots_[slot_of(table_.cell(words_.first_rows[code], column_))] = code;
      }
      slot = slot_of(word);
    }
    const auto code = static_cast<std::uint32_t>(size());
    slots_[slot] = code;
    words_.first_rows.push_back(row);
    return code;
  }

  const CsvTable& table_;
  std::size_t column_;
  std::vector<std::uint32_t> slots_ = std::vector<std::uint32_t>(64, none);
  Words words_;
};

// Without a call to the C library where the processor has no instruction for it.
bool is_whole(double number) {
  constexpr double all_are_whole = 1LL << 53U;
  return std::abs(number) >= all_are_whole ||
         static_cast<double>(static_cast<std::int64_t>(number)) == number;
}

}  // namespace

class ColumnsReader::Column {
 public:
  Column(const CsvTable& table, std::size_t column, std::size_t rows)
      : table_(table), column_(column), rows_(rows) {
    content_.numbers.reserve(rows);
  }

  void read(std::size_t begin, std::size_t end) {
    std::size_t row = begin;
    if (!index_) row = read_numbers(begin, end);
    for (; row < end; ++row) add_word(table_.cell(row, column_), row);
  }

  ColumnContent finish() {
    if (!index_ && content_.facts.numbers == 0) start_words(table_.rows());
    if (index_) content_.words = index_->finish();
    return std::move(content_);
  }

 private:
  static double as_number(const Cell& cell) {
    return cell.kind == CellKind::number    ? cell.number
           : cell.kind == CellKind::missing ? std::numeric_limits<double>::quiet_NaN()
                                            : std::numeric_limits<double>::infinity();
  }

  void count(const Cell& cell, std::size_t row) {
    ColumnFacts& facts = content_.facts;
    switch (cell.kind) {
      case CellKind::missing:
        ++facts.missing;
        break;
      case CellKind::number:
        ++facts.numbers;
        facts.integers = facts.integers && is_whole(cell.number);
        break;
      case CellKind::out_of_range:
        ++facts.numbers;
        ++facts.out_of_range;
        facts.integers = false;
        break;
      case CellKind::text:
        if (!facts.first_text) facts.first_text = row;
        ++facts.texts;
    }
  }

  // Rows in front of a cell, each of at least a line end, that make eight bytes.
  static constexpr std::size_t a_byte_each = 8;

  // Up to the first text, whose row it returns.
  std::size_t read_numbers(std::size_t begin, std::size_t end) {
    ColumnFacts& facts = content_.facts;
    for (std::size_t row = begin; row < end; ++row) {
      const std::string_view text = table_.cell(row, column_);
      double number = 0;
      if (row < a_byte_each ? read_plain_number(text, number) : read_plain_number_inside(text, number)) {
        ++facts.numbers;
        if (facts.integers) facts.integers = is_whole(number);
        content_.numbers.push_back(number);
        continue;
      }
      const Cell cell = read_cell(text);
      if (cell.kind == CellKind::text) {
        start_words(row);
        return row;
      }
      count(cell, row);
      content_.numbers.push_back(as_number(cell));
    }
    return end;
  }

  // The rows before this one count already.
  void start_words(std::size_t row) {
    LargeVector<double>().swap(content_.numbers);
    index_.emplace(table_, column_, std::max(rows_, row));
    for (std::size_t before = 0; before < row; ++before)
      static_cast<void>(code_of(table_.cell(before, column_)));
  }

  std::uint32_t code_of(std::string_view text) {
    const std::uint32_t code = index_->add(text);
    if (code == cells_.size()) cells_.push_back(read_cell(text));
    return code;
  }
  void add_word(std::string_view text, std::size_t row) { count(cells_[code_of(text)], row); }

  const CsvTable& table_;
  std::size_t column_;
  std::size_t rows_;  // that were announced
  ColumnContent content_;
  std::optional<WordIndex> index_;  // from the first text on
  std::vector<Cell> cells_;         // of every code
};

ColumnsReader::ColumnsReader(const CsvTable& table, std::size_t rows) {
  columns_.reserve(table.columns());
  for (std::size_t column = 0; column < table.columns(); ++column) columns_.emplace_back(table, column, rows);
}
ColumnsReader::~ColumnsReader() = default;

void ColumnsReader::read_until(std::size_t end) {
  for (Column& column : columns_) column.read(read_, end);
  read_ = end;
}

std::vector<ColumnContent> ColumnsReader::finish() {
  std::vector<ColumnContent> contents;
  contents.reserve(columns_.size());
  for (Column& column : columns_) contents.push_back(column.finish());
  return contents;
}

ColumnWords::ColumnWords(const CsvTable& table, std::size_t column)
    : table_(table), column_(column), words_(&table.content(column).words) {
  if (!table.content(column).is_numeric()) return;
  WordIndex index(table, column, table.rows());
  for (std::size_t row = 0; row < table.rows(); ++row) static_cast<void>(index.add(table.cell(row, column)));
  own_ = index.finish();
  words_ = &own_;
}

std::vector<double> numbers_of(const CsvTable& table, std::size_t column,
                               std::span<const std::uint32_t> rows) {
  std::vector<double> numbers;
  reserve_large(numbers, rows.size());
  const LargeVector<double>& all = table.content(column).numbers;
  if (!all.empty() && all_are_numbers(table, column)) {
    for (const std::uint32_t row : rows) numbers.push_back(all[row]);
    return numbers;
  }
  for (const std::uint32_t row : rows) {
    numbers.push_back(numeric_cell(table, row, column).value_or(std::numeric_limits<double>::quiet_NaN()));
  }
  return numbers;
}

bool all_are_numbers(const CsvTable& table, std::size_t column) {
  const ColumnFacts& facts = table.content(column).facts;
  return facts.texts == 0 && facts.out_of_range == 0;
}

void refuse_text(const CsvTable& table, std::size_t column) {
  if (all_are_numbers(table, column)) return;
  for (std::size_t row = 0; row < table.rows(); ++row) static_cast<void>(numeric_cell(table, row, column));
}

}  // namespace rondo::data
