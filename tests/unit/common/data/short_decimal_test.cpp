#include "common/data/short_decimal.h"

#include <gtest/gtest.h>

#include <bit>
#include <charconv>
#include <optional>
#include <random>
#include <string>
#include <string_view>

namespace rondo::data {
namespace {

// Behind bytes that would be read if they counted.
std::optional<double> parsed(std::string_view text, std::string_view before) {
  const std::string bytes = std::string(before) + std::string(text);
  double value = 0;
  if (!short_decimal_ending_at(bytes.data() + bytes.size(), text.size(), value)) return std::nullopt;
  return value;
}

bool has_its_form(std::string_view text) {
  const std::size_t point = text.find('.');
  const bool one = point == text.rfind('.') && point != 0 && point + 1 != text.size();
  return !text.empty() && text.size() <= 8 && one && text.find_first_not_of("0123456789.") == text.npos;
}

void expect_as_from_chars(const std::string& text) {
  for (const std::string_view before :
       {"12345678", "........", "\xff\xff\xff\xff\xff\xff\xff\xff", "/:/:/:/:"}) {
    const std::optional<double> value = parsed(text, before);
    ASSERT_EQ(value.has_value(), has_its_form(text)) << '"' << text << '"';
    if (!value) continue;
    double expected = 0;
    std::from_chars(text.data(), text.data() + text.size(), expected);
    EXPECT_EQ(std::bit_cast<std::uint64_t>(*value), std::bit_cast<std::uint64_t>(expected)) << text;
  }
}

TEST(ShortDecimal, ByHand) {
  EXPECT_EQ(parsed("0", "........"), 0.0);
  EXPECT_EQ(parsed("12345678", "........"), 12345678.0);
  EXPECT_EQ(parsed("122.23", "-9999999"), 122.23);
  EXPECT_EQ(parsed("1.234567", "........"), 1.234567);
  EXPECT_EQ(parsed("000001.5", "........"), 1.5);
  for (const std::string_view text :
       {"",   ".",   ".5",  "5.",   "1.2.3",     "1..2", "-1",  "+1",  "1e5",  "0x1",   " 1",
        "1 ", "1/2", "1:2", "1./2", "123456789", "inf",  "nan", "1,5", "\xb1", "1.\xb1"}) {
    EXPECT_EQ(parsed(text, "11111111"), std::nullopt) << text;
  }
}

// A point at every place, and every other byte at every place of every length.
TEST(ShortDecimal, EveryByteAtEveryPlace) {
  for (std::size_t size = 0; size <= 10; ++size) {
    for (std::size_t place = 0; place < size; ++place) {
      for (int byte = 0; byte < 256; ++byte) {
        std::string text = std::string("9081726354").substr(0, size);
        text[place] = static_cast<char>(byte);
        expect_as_from_chars(text);
        if (place + 2 < size) {
          text[place + 2] = '.';
          expect_as_from_chars(text);
        }
        if (place >= 2) {
          text[place - 2] = '.';
          expect_as_from_chars(text);
        }
      }
    }
  }
}

TEST(ShortDecimal, RoundsAsFromChars) {
  std::mt19937 draw(1);
  for (int i = 0; i < 100'000; ++i) {
    std::string text(1 + draw() % 8, '0');
    for (char& byte : text) byte = static_cast<char>('0' + draw() % 10);
    if (draw() % 4 != 0) text[draw() % text.size()] = '.';
    expect_as_from_chars(text);
  }
}

}  // namespace
}  // namespace rondo::data
