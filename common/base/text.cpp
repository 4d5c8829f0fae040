#include "common/base/text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <system_error>
#include <vector>

#include "common/base/check.h"

namespace rondo {

namespace {

template <class Number>
bool parse_whole(std::string_view text, Number& value) {
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  return error == std::errc{} && stop == end && !text.empty();
}

// Digits, or digits, a point and digits (false for anything else), few enough that they are an exact integer
// over an exact power of ten: one division then rounds as std::from_chars does (Clinger, "How to read
// floating point numbers accurately", 1990).
bool parse_short_decimal(std::string_view text, double& value) {
  constexpr std::array<std::uint64_t, 16> powers = {1,
                                                    10,
                                                    100,
                                                    1000,
                                                    10000,
                                                    100000,
                                                    1000000,
                                                    10000000,
                                                    100000000,
                                                    1000000000,
                                                    10000000000,
                                                    100000000000,
                                                    1000000000000,
                                                    10000000000000,
                                                    100000000000000,
                                                    1000000000000000};
  if (text.size() > powers.size()) return false;
  std::uint64_t digits = 0;
  std::size_t point = text.size();
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto digit = static_cast<unsigned>(static_cast<unsigned char>(text[i])) - '0';
    if (digit <= 9) {
      digits = 10 * digits + digit;
    } else if (text[i] == '.' && point == text.size()) {
      point = i;
    } else {
      return false;
    }
  }
  // Nothing, or the point is its first or last character.
  if (point == 0 || point + 1 == text.size()) return false;
  if (point == text.size()) {
    value = static_cast<double>(digits);
    return true;
  }
  value = static_cast<double>(digits) / static_cast<double>(powers[text.size() - point - 1]);
  return true;
}

template <class Number>
std::optional<Number> parse_number(std::string_view text) {
  Number value{};
  if (!parse_whole(text, value)) return std::nullopt;
  return value;
}

template <class Float>
std::string shortest_text(Float value) {
  std::array<char, 64> buffer{};
  const auto [stop, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  RONDO_CHECK(error == std::errc{});
  return {buffer.data(), stop};
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j < row.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0U : 1U)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

// Of ASCII letters; the locale has no say.
std::string lower_case(std::string_view word) {
  std::string lower(word);
  for (char& letter : lower) {
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  }
  return lower;
}

}  // namespace

std::optional<double> parse_double(std::string_view text) {
  double value = 0;
  if (!parse_double(text, value)) return std::nullopt;
  return value;
}
bool parse_double(std::string_view text, double& value) {
  return parse_short_decimal(text, value) || parse_whole(text, value);
}
std::optional<std::uint64_t> parse_u64(std::string_view text) {
  return parse_number<std::uint64_t>(text);
}
std::optional<std::int64_t> parse_i64(std::string_view text) {
  return parse_number<std::int64_t>(text);
}

std::string shortest(double value) {
  return shortest_text(value);
}
std::string shortest(float value) {
  return shortest_text(value);
}

std::optional<std::string> nearest_name(std::string_view word, std::span<const std::string> candidates) {
  std::optional<std::string> best;
  std::size_t best_distance = std::max<std::size_t>(2, word.size() / 3) + 1;
  for (const std::string& candidate : candidates) {
    // Letters that differ in their case alone are the likeliest slip.
    const std::size_t distance =
        lower_case(word) == lower_case(candidate) ? 0 : edit_distance(word, candidate);
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

}  // namespace rondo
