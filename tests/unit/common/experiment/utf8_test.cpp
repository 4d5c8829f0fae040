#include "common/experiment/utf8.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

namespace rondo {
namespace {

// By the definition of UTF-8, without the tables of the code under test.
std::string encoded(std::uint32_t point) {
  const auto tail = [&](unsigned shift) { return static_cast<char>(0x80U | ((point >> shift) & 0x3fU)); };
  if (point < 0x80) return {static_cast<char>(point)};
  if (point < 0x800) return {static_cast<char>(0xc0U | point >> 6U), tail(0)};
  if (point < 0x10000) return {static_cast<char>(0xe0U | point >> 12U), tail(6), tail(0)};
  return {static_cast<char>(0xf0U | point >> 18U), tail(12), tail(6), tail(0)};
}

TEST(Utf8, AcceptsEveryCharacterAndNoSurrogate) {
  for (std::uint32_t point = 0; point < 0x120000; ++point) {
    const bool character = (point < 0xd800 || point > 0xdfff) && point <= 0x10ffff;
    if (is_utf8(encoded(point)) != character) ADD_FAILURE() << std::hex << point;
  }
}

// Counted from the number of characters of each length: 128, 1920 and 61,440.
TEST(Utf8, AcceptsNothingElseOfUpToThreeBytes) {
  std::uint64_t one = 0;
  std::uint64_t two = 0;
  std::uint64_t three = 0;
  for (std::uint32_t bytes = 0; bytes < 0x1000000; ++bytes) {
    const char text[3] = {static_cast<char>(bytes >> 16U), static_cast<char>(bytes >> 8U),
                          static_cast<char>(bytes)};
    three += is_utf8({text, 3}) ? 1 : 0;
    if (bytes % 256 == 0) two += is_utf8({text, 2}) ? 1 : 0;
    if (bytes % 65536 == 0) one += is_utf8({text, 1}) ? 1 : 0;
  }
  EXPECT_EQ(one, 128u);
  EXPECT_EQ(two, 128u * 128 + 1920);
  EXPECT_EQ(three, 128u * 128 * 128 + 2 * 128 * 1920 + 61'440);
}

// The Unicode standard, version 15, table 3-7: the edges of each of its rows, and one step beyond.
TEST(Utf8, FollowsTheRowsOfTable37) {
  for (const char* const text :
       {"", "a", "\x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xe0\xbf\xbf", "\xe1\x80\x80",
        "\xec\xbf\xbf", "\xed\x80\x80", "\xed\x9f\xbf", "\xee\x80\x80", "\xef\xbf\xbf", "\xf0\x90\x80\x80",
        "\xf0\xbf\xbf\xbf", "\xf1\x80\x80\x80", "\xf3\xbf\xbf\xbf", "\xf4\x80\x80\x80", "\xf4\x8f\xbf\xbf"}) {
    EXPECT_TRUE(is_utf8(text)) << text;
  }
  for (const char* const text : {"\x80",
                                 "\xbf",
                                 "\xc0\x80",
                                 "\xc1\xbf",
                                 "\xc2",
                                 "\xc2\x7f",
                                 "\xc2\xc0",
                                 "\xe0\x9f\xbf",
                                 "\xe0\xc0\x80",
                                 "\xe0\xa0",
                                 "\xe0\xa0\x7f",
                                 "\xe1\x7f\x80",
                                 "\xed\xa0\x80",
                                 "\xed\xbf\xbf",
                                 "\xef\xbf",
                                 "\xf0\x8f\xbf\xbf",
                                 "\xf0\x90\x80",
                                 "\xf1\x80\x80\xc0",
                                 "\xf4\x90\x80\x80",
                                 "\xf5\x80\x80\x80",
                                 "\xf8\x88\x80\x80\x80",
                                 "\xfe",
                                 "\xff",
                                 "a\xc2",
                                 "\xc2\x80\x80"}) {
    EXPECT_FALSE(is_utf8(text)) << text;
  }
}

TEST(Utf8, TakesZeroForACharacter) {
  EXPECT_TRUE(is_utf8(std::string_view("a\0b", 3)));
}

TEST(Utf8, MakesAnyTextReadable) {
  EXPECT_EQ(readable("tabelle-\xc3\xbc.csv"), "tabelle-\xc3\xbc.csv");
  EXPECT_EQ(readable("tabelle-\xfc.csv"), "tabelle-?.csv");
}

}  // namespace
}  // namespace rondo
