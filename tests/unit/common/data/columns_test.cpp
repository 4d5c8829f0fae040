#include "common/data/columns.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <map>

#include "common/data/cells.h"
#include "tests/unit/common/data/tables.h"

namespace rondo::data {
namespace {

using test::refuses;
using test::small;

TEST(Columns, NumbersWithWhatIsMissingAndOutOfRange) {
  const CsvTable table = small("a,b\n1,1.5\n-2,\n,NA\n +3 ,inf\n-0,1e200\n");
  const ColumnContent& a = table.content(0);
  ASSERT_TRUE(a.is_numeric());
  EXPECT_EQ(a.numbers[0], 1);
  EXPECT_EQ(a.numbers[1], -2);
  EXPECT_TRUE(std::isnan(a.numbers[2]));
  EXPECT_EQ(a.numbers[3], 3);
  EXPECT_FALSE(std::signbit(a.numbers[4]));
  EXPECT_EQ(a.facts.numbers, 4U);
  EXPECT_EQ(a.facts.missing, 1U);
  EXPECT_TRUE(a.facts.integers);
  EXPECT_TRUE(all_are_numbers(table, 0));
  const ColumnContent& b = table.content(1);
  ASSERT_TRUE(b.is_numeric());
  EXPECT_EQ(b.numbers[3], std::numeric_limits<double>::infinity());
  EXPECT_EQ(b.facts.numbers, 3U);
  EXPECT_EQ(b.facts.out_of_range, 2U);
  EXPECT_EQ(b.facts.missing, 2U);
  EXPECT_FALSE(b.facts.integers);
  EXPECT_FALSE(all_are_numbers(table, 1));
}

TEST(Columns, WordsHaveCodesInTheOrderInWhichTheyAppear) {
  const CsvTable table = small("w\nb\na\nb\n\nNA\n b\na\n1\n");
  const ColumnContent& content = table.content(0);
  EXPECT_FALSE(content.is_numeric());
  const std::vector<std::uint32_t> codes(content.words.codes.begin(), content.words.codes.end());
  EXPECT_EQ(codes, (std::vector<std::uint32_t>{0, 1, 0, 2, 3, 4, 1, 5}));
  EXPECT_EQ(content.words.first_rows, (std::vector<std::uint32_t>{0, 1, 3, 4, 5, 7}));
  EXPECT_EQ(content.facts.texts, 5U);
  EXPECT_EQ(content.facts.missing, 2U);
  EXPECT_EQ(content.facts.numbers, 1U);
  EXPECT_EQ(content.facts.first_text, 0U);
}

TEST(Columns, WithoutAnyNumberHoldWords) {
  const CsvTable table = small("w,x\n,1\nNA,2\n,3\n");
  EXPECT_FALSE(table.content(0).is_numeric());
  EXPECT_EQ(table.content(0).words.codes.size(), 3U);
  EXPECT_EQ(table.content(0).facts.missing, 3U);
  EXPECT_EQ(numbers_of(table, 0, std::vector<std::uint32_t>{0}).size(), 1U);
}

// The first text may come behind many numbers, which were counted before, and behind any group of rows.
TEST(Columns, ATextMayComeLate) {
  for (const std::size_t late : {1U, 255U, 256U, 257U, 700U}) {
    std::string text = "c\n";
    for (std::size_t row = 0; row < 701; ++row) {
      text += row == late ? "text\n" : fmt::format("{}.5\n", row % 9);
    }
    const CsvTable table = small(text);
    const ColumnContent& content = table.content(0);
    EXPECT_FALSE(content.is_numeric());
    EXPECT_EQ(content.facts.first_text, late);
    EXPECT_EQ(content.facts.texts, 1U);
    EXPECT_EQ(content.facts.numbers, 700U);
    EXPECT_FALSE(content.facts.integers);
    ASSERT_EQ(content.words.codes.size(), 701U);
    const ColumnWords words(table, 0);
    for (std::size_t row = 0; row < 701; ++row) EXPECT_EQ(words[words.code(row)], table.cell(row, 0)) << row;
  }
}

// Of a column of text and of one of numbers, whose words are made when they are asked for.
TEST(Columns, ManyWordsKeepTheirCodes) {
  constexpr std::size_t rows = 20000;
  std::string text = "w,n\n";
  for (std::size_t i = 0; i < rows; ++i) text += fmt::format("k{},{}\n", i * i % 7919, i * i % 6007);
  const CsvTable table = small(text);
  for (std::size_t column = 0; column < 2; ++column) {
    EXPECT_EQ(table.content(column).is_numeric(), column == 1);
    const ColumnWords words(table, column);
    std::map<std::string_view, std::uint32_t> expected;
    for (std::size_t row = 0; row < rows; ++row) {
      const auto next = static_cast<std::uint32_t>(expected.size());
      const std::uint32_t code = expected.try_emplace(table.cell(row, column), next).first->second;
      ASSERT_EQ(words.code(row), code);
      ASSERT_EQ(words[code], table.cell(row, column));
    }
    EXPECT_EQ(words.size(), expected.size());
  }
}

// The text in front of them moves while it is read: quotes, CRs and empty lines leave it, also where columns
// are being read meanwhile.
TEST(Columns, OfALongTableWithQuotes) {
  for (const std::size_t rows : {256U, 257U, 258U, 513U, 3000U}) {
    std::string text = "\xef\xbb\xbf\"n\",w,m\r\n";
    for (std::size_t i = 0; i < rows; ++i) {
      text += fmt::format(fmt::runtime(i % 3 == 0 ? "\"{}.25\"," : "{}.25,"), i);
      text += fmt::format(fmt::runtime(i % 5 == 0 ? "\"a \"\"{}\"\",\nb\"," : "c{},"), i % 40);
      text += fmt::format(fmt::runtime(i % 7 == 0 ? "-{}" : "{}"), i);
      if (i + 1 < rows || rows % 2 == 0) text += i % 4 == 0 ? "\r\n" : i % 11 == 0 ? "\n\n\r\n" : "\n";
    }
    const CsvTable table = small(text);
    ASSERT_EQ(table.rows(), rows);
    const ColumnWords words(table, 1);
    EXPECT_EQ(words.size(), 40U);
    for (std::size_t i = 0; i < rows; ++i) {
      ASSERT_EQ(table.content(0).numbers[i], static_cast<double>(i) + 0.25) << i;
      const std::string word = i % 5 == 0 ? fmt::format("a \"{}\",\nb", i % 40) : fmt::format("c{}", i % 40);
      ASSERT_EQ(words[words.code(i)], word) << i;
      ASSERT_EQ(table.content(2).numbers[i], (i % 7 == 0 ? -1.0 : 1.0) * static_cast<double>(i)) << i;
    }
  }
}

TEST(Columns, WholeNumbersOfEverySize) {
  EXPECT_TRUE(small("a\n9007199254740993\n1e100\n-3.0\n").content(0).facts.integers);
  EXPECT_FALSE(small("a\n1\n4503599627370495.5\n").content(0).facts.integers);
  EXPECT_FALSE(small("a\n-0.5\n2\n").content(0).facts.integers);
}

TEST(Columns, NumbersOfRowsNameTheFirstThatIsNone) {
  const CsvTable table = small("a,b\n1,1\nx,1e200\n,\ny,4\n");
  const std::vector<std::uint32_t> good = {2, 0};
  for (std::size_t column = 0; column < 2; ++column) {
    const std::vector<double> numbers = numbers_of(table, column, good);
    EXPECT_TRUE(std::isnan(numbers[0]));
    EXPECT_EQ(numbers[1], 1);
    const std::vector<std::uint32_t> all = {0, 1, 2, 3};
    const std::string what = column == 0 ? "small.csv:3: column 'a' holds 'x'" : "small.csv:3: column 'b'";
    EXPECT_TRUE(refuses({what}, [&] { static_cast<void>(numbers_of(table, column, all)); }));
    EXPECT_TRUE(refuses({what}, [&] { refuse_text(table, column); }));
  }
  EXPECT_TRUE(refuses({"small.csv:5: column 'a' holds 'y'"}, [&] {
    static_cast<void>(numbers_of(table, 0, std::vector<std::uint32_t>{0, 3, 1}));
  }));
}

}  // namespace
}  // namespace rondo::data
