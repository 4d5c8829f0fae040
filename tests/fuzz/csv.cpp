// Tables (common/data/csv.h): what is accepted, written again with every cell in quotes, is the same table.
#include "common/data/csv.h"

#include "common/base/check.h"
#include "common/base/error.h"
#include "tests/fuzz/fuzz.h"

namespace rondo::fuzz {

namespace {

void add_cell(std::string& text, std::string_view cell, bool first) {
  if (!first) text += ',';
  text += '"';
  for (const char letter : cell) {
    if (letter == '"') text += '"';
    text += letter;
  }
  text += '"';
}

std::string written(const data::CsvTable& table) {
  std::string text;
  for (std::size_t column = 0; column < table.columns(); ++column) {
    add_cell(text, table.header()[column], column == 0);
  }
  for (std::size_t row = 0; row < table.rows(); ++row) {
    text += "\r\n";
    for (std::size_t column = 0; column < table.columns(); ++column) {
      add_cell(text, table.cell(row, column), column == 0);
    }
  }
  return text;
}

}  // namespace

void test_one(std::string_view bytes) {
  std::optional<data::CsvTable> table;
  try {
    table = data::parse_csv(std::string(bytes), "table.csv");
  } catch (const Error& error) {
    RONDO_CHECK(error.code() == ErrorCode::bad_input, "{}", error.what());
    RONDO_CHECK(std::string_view(error.what()).starts_with("table.csv:"), "{}", error.what());
    return;
  }
  RONDO_CHECK(table->rows() > 0 && table->columns() > 0);
  std::uint64_t line = 1;
  for (std::size_t row = 0; row < table->rows(); ++row) {
    RONDO_CHECK(table->line(row) > line, "row {} in line {}", row, table->line(row));
    line = table->line(row);
  }
  const std::string text = written(*table);
  const data::CsvTable again = data::parse_csv(text, "again.csv");
  RONDO_CHECK(again.header() == table->header() && again.rows() == table->rows());
  RONDO_CHECK(written(again) == text);
  for (std::size_t column = 0; column < table->columns(); ++column) {
    RONDO_CHECK(table->find(table->header()[column]) == column);
  }
}

std::vector<std::string> seeds() {
  return {"a,b\n1,2\n",
          "\xef\xbb\xbf"
          "name,\"with, comma\",\"a \"\"quote\"\"\"\r\nx,\"two\nlines\",\r\n,,3\r\n",
          "one\n\n1\n\n", "höhe,breite\n1.5e3,-0\nnan,inf"};
}

}  // namespace rondo::fuzz
