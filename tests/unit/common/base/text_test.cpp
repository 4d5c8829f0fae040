#include "common/base/text.h"

#include <gtest/gtest.h>

#include <bit>
#include <clocale>
#include <cmath>
#include <limits>
#include <locale>
#include <random>
#include <string>
#include <vector>

namespace rondo {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

TEST(ParseDouble, ReadsTheWholeText) {
  EXPECT_EQ(parse_double("0"), 0.0);
  EXPECT_EQ(parse_double("12.5"), 12.5);
  EXPECT_EQ(parse_double("-12.5e-1"), -1.25);
  EXPECT_EQ(parse_double(".5"), 0.5);
  EXPECT_EQ(parse_double("5."), 5.0);
  EXPECT_EQ(parse_double("1E5"), 1e5);
  EXPECT_TRUE(std::signbit(*parse_double("-0")));
  EXPECT_EQ(parse_double("inf"), infinity);
  EXPECT_EQ(parse_double("-Infinity"), -infinity);
  EXPECT_TRUE(std::isnan(*parse_double("nan")));
}

TEST(ParseDouble, RefusesWhatIsNotANumberAlone) {
  for (const char* text :
       {"", " ", "1 ", " 1", "+1", "1,5", "1.5.2", "0x10", "1e", "e5", "--1", "1_000", "one", "1\n", "."}) {
    EXPECT_EQ(parse_double(text), std::nullopt) << '"' << text << '"';
  }
  EXPECT_EQ(parse_double(std::string_view("1\0", 2)), std::nullopt);
  EXPECT_EQ(parse_double(std::string_view("12", 1)), 1.0);
}

// Beyond the range of doubles there is no number rather than ∞ or 0.
TEST(ParseDouble, RefusesWhatADoubleCannotHold) {
  EXPECT_EQ(parse_double("1e400"), std::nullopt);
  EXPECT_EQ(parse_double("-1e400"), std::nullopt);
  EXPECT_EQ(parse_double("1e-400"), std::nullopt);
  EXPECT_EQ(parse_double("1.7976931348623157e308"), std::numeric_limits<double>::max());
  EXPECT_EQ(parse_double("4.9406564584124654e-324"), std::numeric_limits<double>::denorm_min());
}

// Halfway between two doubles, just above it, and a text whose wrong rounding is known from other programs.
TEST(ParseDouble, IsCorrectlyRounded) {
  EXPECT_EQ(parse_double("9007199254740993"), 9007199254740992.0);
  EXPECT_EQ(parse_double("9007199254740993.00000000000000000000000000000001"), 9007199254740994.0);
  EXPECT_EQ(parse_double("2.2250738585072011e-308"), 0x0.fffffffffffffp-1022);
  EXPECT_EQ(parse_double("0.1"), 0x1.999999999999ap-4);
}

// Few digits take a way of their own, which must not show: all short forms, and digits up to where they stop
// being few.
TEST(ParseDouble, IsTheSameInBothForms) {
  const auto same = [](const std::string& text) {
    double value = 7;
    const std::optional<double> expected = parse_double(text);
    ASSERT_EQ(parse_double(text, value), expected.has_value()) << text;
    if (!expected) return;
    EXPECT_EQ(std::bit_cast<std::uint64_t>(value), std::bit_cast<std::uint64_t>(*expected)) << text;
  };
  for (const char* text : {"",
                           ".",
                           "1.",
                           ".5",
                           "-0",
                           "-1.5",
                           "+1",
                           "1.+5",
                           "1.-5",
                           "1.5e3",
                           "1.5x",
                           "1,5",
                           "nan",
                           "inf",
                           "0000000000000001",
                           "0.00000000000001",
                           "9999999999999999",
                           "99999999999999.99",
                           "9007199254740993",
                           "999999999999999.9",
                           "9007199254740.993",
                           "1 ",
                           "1. 5",
                           "1.5."}) {
    same(text);
  }
  std::uint64_t digits = 1;
  for (int i = 0; i < 20000; ++i) {
    digits = digits * 6364136223846793005U + 1442695040888963407U;
    std::string text = std::to_string(digits).substr(0, 1 + digits % 19);
    same(text);
    text.insert(digits / 19 % (text.size() + 1), ".");
    same(text);
  }
}

TEST(ParseInteger, ReadsTheWholeRange) {
  EXPECT_EQ(parse_u64("0"), 0u);
  EXPECT_EQ(parse_u64("18446744073709551615"), std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(parse_i64("-9223372036854775808"), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(parse_i64("9223372036854775807"), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(parse_u64("007"), 7u);
}

TEST(ParseInteger, RefusesEverythingElse) {
  for (const char* text : {"", "-1", "+1", " 1", "1 ", "1.0", "1e3", "0x1", "18446744073709551616"}) {
    EXPECT_EQ(parse_u64(text), std::nullopt) << '"' << text << '"';
  }
  for (const char* text : {"", "-", "9223372036854775808", "-9223372036854775809", "1.0"}) {
    EXPECT_EQ(parse_i64(text), std::nullopt) << '"' << text << '"';
  }
}

TEST(Shortest, IsTheShortestTextOfItsOwnType) {
  EXPECT_EQ(shortest(0.1), "0.1");
  EXPECT_EQ(shortest(0.1F), "0.1");
  EXPECT_EQ(shortest(static_cast<double>(0.1F)), "0.10000000149011612");
  EXPECT_EQ(shortest(1.0), "1");
  EXPECT_EQ(shortest(1e21), "1e+21");
  EXPECT_EQ(shortest(-0.0), "-0");
  EXPECT_EQ(shortest(infinity), "inf");
  EXPECT_EQ(shortest(5e-324), "5e-324");
  EXPECT_EQ(shortest(1.0 / 3), "0.3333333333333333");
  EXPECT_EQ(shortest(std::numeric_limits<double>::quiet_NaN()), "nan");
}

TEST(Shortest, ReadsBackTheSameBits) {
  std::mt19937_64 engine(1);
  for (int i = 0; i < 20000; ++i) {
    const auto value = std::bit_cast<double>(static_cast<std::uint64_t>(engine()));
    if (!std::isfinite(value)) continue;
    const std::optional<double> back = parse_double(shortest(value));
    ASSERT_TRUE(back);
    EXPECT_EQ(std::bit_cast<std::uint64_t>(*back), std::bit_cast<std::uint64_t>(value));
  }
}

class CommaPoint : public std::numpunct<char> {
 protected:
  char do_decimal_point() const override { return ','; }
  char do_thousands_sep() const override { return '.'; }
  std::string do_grouping() const override { return "\3"; }
};

// A C++ locale of our own, and a C locale where the machine has one.
TEST(Text, DoesNotDependOnTheLocale) {
  const std::locale before = std::locale::global(std::locale(std::locale::classic(), new CommaPoint));
  for (const char* name : {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8"}) {
    if (std::setlocale(LC_ALL, name) != nullptr) break;
  }
  EXPECT_EQ(parse_double("1234.5"), 1234.5);
  EXPECT_EQ(parse_double("1234,5"), std::nullopt);
  EXPECT_EQ(parse_u64("1.234"), std::nullopt);
  EXPECT_EQ(shortest(1234567.5), "1234567.5");
  EXPECT_EQ(shortest(0.5F), "0.5");
  std::locale::global(before);
  std::setlocale(LC_ALL, "C");
}

TEST(NearestName, IsTheLikelySlip) {
  const std::vector<std::string> names{"trials", "seed", "sampler", "epochs"};
  EXPECT_EQ(nearest_name("trails", names), "trials");
  EXPECT_EQ(nearest_name("sampeler", names), "sampler");
  EXPECT_EQ(nearest_name("sed", names), "seed");
  EXPECT_EQ(nearest_name("epochs", names), "epochs");
  EXPECT_EQ(nearest_name("Y", std::vector<std::string>{"x", "y"}), "y");
}

TEST(NearestName, IsNoneWhenNothingIsNear) {
  EXPECT_EQ(nearest_name("learning_rate", std::vector<std::string>{"trials", "seed"}), std::nullopt);
  EXPECT_EQ(nearest_name("trials", {}), std::nullopt);
}

TEST(NearestName, TheFirstOfEquallyNearOnesWins) {
  EXPECT_EQ(nearest_name("test", std::vector<std::string>{"best", "rest"}), "best");
}

TEST(NearestName, LongWordsMayHaveMoreSlips) {
  EXPECT_EQ(nearest_name("valdtionfractin", std::vector<std::string>{"validation_fraction"}),
            "validation_fraction");
}

}  // namespace
}  // namespace rondo
