#include "common/data/csv.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <utility>

#include "tests/unit/common/data/tables.h"

namespace rondo::data {
namespace {

using test::cells;
using test::refuses;
using Rows = std::vector<std::vector<std::string>>;

struct Good {
  const char* name;
  std::string text;
  std::vector<std::string> header;
  Rows rows;
};

class Reads : public ::testing::TestWithParam<Good> {};

TEST_P(Reads, TheTable) {
  const CsvTable table = parse_csv(GetParam().text, "t.csv");
  EXPECT_EQ(table.header(), GetParam().header);
  EXPECT_EQ(cells(table), GetParam().rows);
}

INSTANTIATE_TEST_SUITE_P(
    Csv, Reads,
    ::testing::Values(
        Good{"LineFeeds", "a,b\n1,2\n3,4\n", {"a", "b"}, {{"1", "2"}, {"3", "4"}}},
        Good{"CarriageReturns", "a,b\r\n1,2\r\n3,4\r\n", {"a", "b"}, {{"1", "2"}, {"3", "4"}}},
        Good{"BothLineEnds", "a,b\r\n1,2\n3,4\r\n", {"a", "b"}, {{"1", "2"}, {"3", "4"}}},
        Good{"NoLastLineEnd", "a,b\n1,2", {"a", "b"}, {{"1", "2"}}},
        Good{"NoLastLineEndAndEmptyCell", "a,b\n1,", {"a", "b"}, {{"1", ""}}},
        Good{"ByteOrderMark",
             "\xef\xbb\xbf"
             "a,b\n1,2\n",
             {"a", "b"},
             {{"1", "2"}}},
        Good{"QuotedBehindByteOrderMark", "\xef\xbb\xbf\"a\",b\n1,2\n", {"a", "b"}, {{"1", "2"}}},
        Good{"Quotes", "\"a\",b\n\"1,5\",\"x\"\"y\"\n", {"a", "b"}, {{"1,5", "x\"y"}}},
        Good{"OnlyQuotes", "a,b\n\"\"\"\",\"\"\"\"\"\"\n", {"a", "b"}, {{"\"", "\"\""}}},
        Good{"EmptyAndQuotedEmpty", "a,b\n,\"\"\n", {"a", "b"}, {{"", ""}}},
        Good{"LineEndsInCells",
             "a,b\n\"1\n2\",\"3\r\n4\"\n5,6\n",
             {"a", "b"},
             {{"1\n2", "3\r\n4"}, {"5", "6"}}},
        Good{"LineEndInHeader", "\"a\nb\",c\n1,2\n", {"a\nb", "c"}, {{"1", "2"}}},
        Good{"QuoteInsideCell", "a,b\n5\" pipe,x\"y\"\n", {"a", "b"}, {{"5\" pipe", "x\"y\""}}},
        Good{"BlanksStay", "a,b\n 1 ,\t\n", {"a", "b"}, {{" 1 ", "\t"}}},
        Good{"EmptyLines", "a,b\n\n1,2\n\r\n\n3,4\n\n\n", {"a", "b"}, {{"1", "2"}, {"3", "4"}}},
        Good{"OneColumn", "a\n1\n\n3\n", {"a"}, {{"1"}, {""}, {"3"}}},
        Good{"OneColumnQuotedEmpty", "a\n\"\"\n2\n", {"a"}, {{""}, {"2"}}},
        Good{"OtherAlphabets", "größe,名\n1,ß\n", {"größe", "名"}, {{"1", "ß"}}}),
    [](const auto& test_case) { return test_case.param.name; });

struct Bad {
  const char* name;
  std::string text;
  std::vector<std::string> message;
};

class Refuses : public ::testing::TestWithParam<Bad> {};

TEST_P(Refuses, TheTable) {
  EXPECT_TRUE(refuses(GetParam().message, [] { static_cast<void>(parse_csv(GetParam().text, "t.csv")); }));
}

INSTANTIATE_TEST_SUITE_P(
    Csv, Refuses,
    ::testing::Values(
        Bad{"Empty", "", {"t.csv: the file is empty"}},
        Bad{"OnlyByteOrderMark", "\xef\xbb\xbf", {"t.csv: the file is empty"}},
        Bad{"EmptyFirstLine", "\na,b\n", {"t.csv:1:1: no header"}},
        Bad{"HeaderOnly", "a,b\n", {"t.csv: a header line and no rows"}},
        Bad{"HeaderAndEmptyLines", "a,b\n\n\n", {"t.csv: a header line and no rows"}},
        Bad{"TooFewCells", "a,b,c\n1,2,3\n4,5\n", {"t.csv:3:4: the row ends after 2 of 3 cells"}},
        Bad{"TooFewCellsAtTheEnd", "a,b,c\n1,2", {"t.csv:2:4: the row ends after 2 of 3"}},
        Bad{"TooManyCells", "a,b\r\n1,2\r\n3,4,5\r\n", {"t.csv:3:5: more cells than the 2"}},
        Bad{"LastCommaIsACell", "a,b\n1,2,\n", {"t.csv:2:5: more cells than the 2"}},
        Bad{"ShortBehindLineEnds", "a,b\n\"1\n2\n3\",4\n5\n", {"t.csv:5:2: the row ends after 1 of 2"}},
        Bad{"CharactersCount", "a,b\nä€😀,2,3\n", {"t.csv:2:7: more cells"}},
        Bad{"EmptyName", "a,,c\n1,2,3\n", {"t.csv:1:3: column 2 of 3 has no name"}},
        Bad{"BlankName", "a,b, \n1,2,3\n", {"t.csv:1:5: column 3 of 3 has no name"}},
        Bad{"NameTwice", "a,bb,a\n1,2,3\n", {"t.csv:1:6: a second column is named 'a'"}},
        Bad{"OpenQuote", "a,b\n1,\"2\n3,4\n", {"t.csv:2:3: this quote is never closed"}},
        Bad{"OpenQuoteInHeader", "a,\"b\n1,2\n", {"t.csv:1:3: this quote is never closed"}},
        Bad{"OpenDoubledQuote", "a,b\n1,\"2\"\"\n", {"t.csv:2:3: this quote is never closed"}},
        Bad{"BehindClosingQuote", "a,b\n1,\"2\"x\n", {"t.csv:2:6: text behind a closing quote"}},
        Bad{"BehindClosingQuoteOfLines", "a,b\n1,\"2\n3\" \n", {"t.csv:3:3: text behind a closing quote"}},
        Bad{"QuoteBehindBlank", "a,b\n1, \"2,3\"\n", {"t.csv:2:4: a quote behind blanks"}},
        Bad{"LoneCarriageReturn", "a,b\r1,2\r", {"t.csv:1:4: a carriage return"}},
        Bad{"NulByte", std::string("a,b\n1,\0\n", 8), {"t.csv:2:3: a NUL byte", "UTF-8"}},
        Bad{"Latin1",
            "a,b\nx,gr\xf6\xdf"
            "e\n",
            {"t.csv:2:5: not UTF-8", "iconv"}},
        Bad{"CutCharacter", "a,b\nx,\xe2\x82", {"t.csv:2:3: not UTF-8"}},
        Bad{"Utf16",
            std::string("\xff\xfe"
                        "a\0,\0b\0\n\0",
                        10),
            {"t.csv:1:1: not UTF-8"}},
        Bad{"Semicolons", "a;b\n1;2\n", {"t.csv:1:1:", "commas"}},
        Bad{"Tabs", "a\tb\n1\t2\n", {"t.csv:1:1:", "commas"}}),
    [](const auto& test_case) { return test_case.param.name; });

TEST(Csv, LinesAreThoseOnWhichRowsStart) {
  const CsvTable table = parse_csv("a,b\n\"1\n\n2\",3\n\n4,5\r\n6,7", "t.csv");
  ASSERT_EQ(table.rows(), 3U);
  EXPECT_EQ(table.line(0), 2U);
  EXPECT_EQ(table.line(1), 6U);
  EXPECT_EQ(table.line(2), 7U);
}

TEST(Csv, FindsColumns) {
  const CsvTable table = parse_csv("a,b\n1,2\n", "t.csv");
  EXPECT_EQ(table.find("b"), 1U);
  EXPECT_EQ(table.find("B"), std::nullopt);
}

TEST(Csv, CellsSurviveAMove) {
  CsvTable table = parse_csv("a,b\n1,2\n", "t.csv");  // short enough for a string's own buffer
  const CsvTable moved = std::move(table);
  EXPECT_EQ(cells(moved), (Rows{{"1", "2"}}));
}

TEST(Csv, ReadsFiveThousandColumns) {
  constexpr std::size_t columns = 5000;
  std::string text;
  for (std::size_t row = 0; row < 4; ++row) {
    for (std::size_t c = 0; c < columns; ++c) {
      text += fmt::format("{}{}{}", c > 0 ? "," : "", row == 0 ? "column" : "", row * c);
      if (row == 0) text += fmt::format("_{}", c);
    }
    text += "\r\n";
  }
  const CsvTable table = parse_csv(text, "wide.csv");
  ASSERT_EQ(table.columns(), columns);
  ASSERT_EQ(table.rows(), 3U);
  EXPECT_EQ(table.cell(2, 4999), "14997");
  EXPECT_EQ(table.header()[4999], "column0_4999");
}

// Whatever a cell holds, quoting it as RFC 4180 says gives it back; so does reading what lies in front of it.
TEST(Csv, QuotedCellsComeBack) {
  const std::vector<std::string> pieces = {"", ",", "\"", "\n", "\r\n", "x", " ", "é", "\"\"", ",\n\","};
  Rows rows;
  std::string text = "a,b,c\n";
  for (const std::string& first : pieces) {
    for (const std::string& second : pieces) {
      const std::vector<std::string> row = {first + second, second, "x" + second + first};
      for (std::size_t i = 0; i < row.size(); ++i) {
        text += i > 0 ? ",\"" : "\"";
        for (const char c : row[i]) text += c == '"' ? std::string("\"\"") : std::string(1, c);
        text += '"';
      }
      text += "\n";
      rows.push_back(row);
    }
  }
  EXPECT_EQ(cells(parse_csv(text, "t.csv")), rows);
}

// Cut anywhere, a table is read or refused in plain words; nothing else happens.
TEST(Csv, EveryCutIsReadOrRefused) {
  const std::string text =
      "\xef\xbb\xbf"
      "a,\"b\"\r\n\"x\"\"y\",é\r\n\"1\n2\",\r\n";
  for (std::size_t size = 0; size <= text.size(); ++size) {
    try {
      const CsvTable table = parse_csv(text.substr(0, size), "t.csv");
      EXPECT_LE(table.rows(), 2U);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::bad_input) << size;
    }
  }
}

// Cells of every length up to a few of the steps in which bytes are looked at, in every way to write a table:
// what stays where it was and what moves must both be whole, whatever stands before.
TEST(Csv, CellsOfEveryLengthInEveryStyle) {
  const std::vector<std::string> ends = {"\n", "\r\n"};
  for (std::size_t style = 0; style < 16; ++style) {
    const bool quoted = (style & 1U) != 0;
    const bool marked = (style & 4U) != 0;  // a byte order mark, and empty lines between rows
    const std::string& end = ends[(style & 2U) != 0 ? 1 : 0];
    std::string text = (marked ? "\xef\xbb\xbf" : "") + std::string("a,b,c") + end;
    Rows rows;
    for (std::size_t length = 0; length <= 150; ++length) {
      rows.push_back(
          {std::string(length, 'x'), std::string(length % 9, 'y'), std::string(150 - length, 'z')});
      const bool quote_this = quoted && length % 3 != 1;
      for (std::size_t i = 0; i < 3; ++i) {
        text += i > 0 ? "," : "";
        text += quote_this ? '"' + rows.back()[i] + '"' : rows.back()[i];
      }
      text += end;
      if (marked && length % 5 == 0) text += end + end;
    }
    if ((style & 8U) != 0) text.resize(text.size() - end.size() * (marked ? 3 : 1));
    const CsvTable table = parse_csv(text, "t.csv");
    EXPECT_EQ(cells(table), rows) << style;
    EXPECT_EQ(table.line(150), 2 + 150 + (marked ? 60U : 0U)) << style;
  }
}

// The place of what is wrong, whatever moved on the lines before and on its own.
TEST(Csv, PlacesAreThoseOfTheFile) {
  const std::string before = "\"a\",b\r\n\"1\"\"\",2\n\n\"x\ny\",z\r\n";
  const auto refuses_at = [&](const std::string& place, const std::string& line, const std::string& what) {
    EXPECT_TRUE(refuses({"t.csv:" + place + ": " + what},
                        [&] { static_cast<void>(parse_csv(before + line + "\n7,8\n", "t.csv")); }));
  };
  refuses_at("6:6", "1,2é,3", "more cells");
  refuses_at("6:13", "\"1\"\"é\"\"2\",2,3", "more cells");
  refuses_at("6:4", "\"1\"", "the row ends after 1 of 2");
  refuses_at("7:4", "\"1\n\"\"\"", "the row ends after 1 of 2");
  refuses_at("7:26", "\"\nxxxxxxxxxxxxxxxxxxxx\"\"yz\"", "the row ends after 1 of 2");
  refuses_at("6:8", "\"1\",\"2\"x", "text behind");
  refuses_at("6:7", "\"1\", \t\"2\"", "a quote behind blanks");
  refuses_at("6:5", "\"1\",\"2", "this quote is never closed");
  refuses_at("6:6", "\"1\",2\r3", "a carriage return");
}

// Bytes that are no text are found at every place of the words that most text is looked at in.
TEST(Csv, NoTextIsFoundEverywhere) {
  for (std::size_t length = 0; length < 20; ++length) {
    for (const char wrong : {'\0', '\xff'}) {
      const std::string text = "a\n" + std::string(length, 'x') + wrong + "y\n";
      EXPECT_TRUE(refuses({fmt::format("t.csv:2:{}: {}", length + 1, wrong == '\0' ? "a NUL" : "not UTF-8")},
                          [&] { static_cast<void>(parse_csv(text, "t.csv")); }));
    }
  }
}

TEST(ReadFile, NamesWhatItCannotRead) {
  const std::filesystem::path folder = std::filesystem::path(testing::TempDir()) / "rondo_read_file";
  std::filesystem::create_directories(folder);
  const std::string missing = (folder / "missing.csv").string();
  EXPECT_TRUE(refuses({missing, "no such file"}, [&] { static_cast<void>(read_file(missing)); }));
  EXPECT_TRUE(
      refuses({folder.string(), "is a folder"}, [&] { static_cast<void>(read_file(folder.string())); }));
  const std::string below = (folder / "file" / "x.csv").string();
  std::ofstream(folder / "file", std::ios::binary) << std::string("a\r\n\0b", 5);
  EXPECT_TRUE(refuses({below, "cannot be read"}, [&] { static_cast<void>(read_file(below)); }));
  EXPECT_EQ(read_file((folder / "file").string()), std::string("a\r\n\0b", 5));
  std::filesystem::remove_all(folder);
}

TEST(ReadFile, ReadsWhatIsLargerThanAPiece) {
  const std::string path = testing::TempDir() + "rondo_large.csv";
  std::string bytes;
  for (int i = 0; i < 100000; ++i) bytes += static_cast<char>('a' + i % 26);
  std::ofstream(path, std::ios::binary) << bytes;
  EXPECT_EQ(read_file(path), bytes);
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace rondo::data
