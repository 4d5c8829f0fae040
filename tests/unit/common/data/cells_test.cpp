#include "common/data/cells.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/unit/common/data/tables.h"

namespace rondo::data {
namespace {

using test::refuses;
using test::small;

TEST(Cells, Numbers) {
  const std::vector<std::pair<const char*, double>> known = {
      {"0", 0},
      {"5", 5},
      {"+5", 5},
      {"-5", -5},
      {" 5\t", 5},
      {"5.", 5},
      {".5", 0.5},
      {"-.5e1", -5},
      {"1E3", 1000},
      {"1e+3", 1000},
      {"1e-3", 0.001},
      {"007", 7},
      {"1e120", 1e120},
      {"-1e120", -1e120},
      {"0.1", 0.1},
      {"123456789012345678901234567890", 123456789012345678901234567890.0},
      // Halfway between two doubles, and a little above: correctly rounded.
      {"9007199254740993", 9007199254740992.0},
      {"9007199254740993.0000000000000000000000000000000000000001", 9007199254740994.0},
      {"4.9406564584124654e-324", 4.9406564584124654e-324},
  };
  for (const auto& [text, value] : known) {
    const Cell cell = read_cell(text);
    EXPECT_EQ(cell.kind, CellKind::number) << text;
    EXPECT_EQ(cell.number, value) << text;
  }
}

TEST(Cells, ZeroHasOneSign) {
  for (const char* text : {"-0", "-0.0", "-0e5", "-1e-400", "0"}) {
    const Cell cell = read_cell(text);
    EXPECT_EQ(cell.kind, CellKind::number) << text;
    EXPECT_EQ(cell.number, 0.0) << text;
    EXPECT_FALSE(std::signbit(cell.number)) << text;
  }
}

TEST(Cells, TooSmallIsZero) {
  const std::string zeros(400, '0');
  for (const std::string& text :
       {std::string("1e-400"), "0." + zeros + "1", "0." + zeros + "1e20",
        std::string("1e-99999999999999999999"), std::string("0e99999999999999999999")}) {
    const Cell cell = read_cell(text);
    EXPECT_EQ(cell.kind, CellKind::number) << text;
    EXPECT_EQ(cell.number, 0.0) << text;
  }
}

TEST(Cells, OutOfRange) {
  const std::string zeros(400, '0');
  for (const std::string& text :
       {std::string("inf"), std::string("-inf"), std::string("+Infinity"), std::string("INF"),
        std::string("1.0000000000000002e120"), std::string("-1e121"), std::string("1e309"), "1" + zeros,
        "1" + zeros + "e-5", std::string("1e99999999999999999999"), "0." + zeros + "1e800"}) {
    EXPECT_EQ(read_cell(text).kind, CellKind::out_of_range) << text;
  }
}

// pandas.read_csv's default na_values (1.5.3: pandas._libs.parsers.STR_NA_VALUES), "None" of pandas 2, and
// NAN.
TEST(Cells, Missing) {
  for (const char* text : {"",     " ",    "\t ",    "#N/A",    "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN",
                           "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>",     "N/A", "NA",      "NULL",
                           "NaN",  "None", "n/a",    "nan",     "null",     "NAN", "-NAN",    " NA "}) {
    EXPECT_EQ(read_cell(text).kind, CellKind::missing) << text;
  }
}

TEST(Cells, Text) {
  for (const char* text :
       {"x",   "none",  "na",   "5x",    "1,5",  "1 5",    "--5",   "+-5", "e5", ".",     "1e",
        "1e+", "1e+-5", "0x10", "1_000", "True", "nan(1)", "infin", "?",   "5%", "1.2.3", "\n5"}) {
    EXPECT_EQ(read_cell(text).kind, CellKind::text) << text;
  }
}

TEST(Cells, NumericCellNamesLineColumnAndCell) {
  const CsvTable table = small("a,b\n1,2\n3,oops\n4,inf\n5,NA\n");
  EXPECT_EQ(numeric_cell(table, 0, 1), 2.0);
  EXPECT_EQ(numeric_cell(table, 3, 1), std::nullopt);
  EXPECT_TRUE(
      refuses({"small.csv:3:", "'b'", "'oops'"}, [&] { static_cast<void>(numeric_cell(table, 1, 1)); }));
  EXPECT_TRUE(refuses({"small.csv:4:", "'b'", "'inf'", "1e+120"},
                      [&] { static_cast<void>(numeric_cell(table, 2, 1)); }));
}

TEST(Cells, LongTextIsShownShort) {
  EXPECT_EQ(shown("x"), "'x'");
  std::string text(39, 'x');
  text += "éééé";
  EXPECT_EQ(shown(text), "'" + std::string(39, 'x') + "…'");
}

}  // namespace
}  // namespace rondo::data
