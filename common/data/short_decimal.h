// Short decimal numbers, which most tables are full of, eight bytes at a time.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace rondo::data {

// The number that the `size` bytes in front of `end` spell, where they are at most eight: digits, or digits,
// a point and digits. False for anything else, which may be a number all the same. The eight bytes in front
// of `end` must be readable, whatever stands there.
//
// So few digits are an exact integer, and one division by an exact power of ten rounds as std::from_chars
// does (Clinger, "How to read floating point numbers accurately", 1990).
[[nodiscard]] inline bool short_decimal_ending_at(const char* end, std::size_t size, double& value) {
  constexpr std::uint64_t every_byte = 0x0101010101010101U;
  constexpr std::uint64_t zeros = '0' * every_byte;
  constexpr std::array<double, 8> powers = {1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7};
  if (size - 1 >= 8) return false;
  // The last character is the highest byte; zeros stand in front of the first one.
  std::uint64_t word = 0;
  std::memcpy(&word, end - 8, sizeof word);
  if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap64(word);
  const auto before = static_cast<unsigned>(8 * (8 - size));
  const std::uint64_t others = (std::uint64_t{1} << before) - 1;
  word = (word & ~others) | (zeros & others);
  // The lowest point; above it a borrow may call another byte one, which is then no digit.
  const std::uint64_t apart = word ^ ('.' * every_byte);
  const std::uint64_t points = (apart - every_byte) & ~apart & (0x80 * every_byte);
  std::size_t decimals = 0;
  if (points != 0) {
    const auto point = static_cast<unsigned>(std::countr_zero(points)) & ~7U;
    if (point == before || point == 56) return false;
    const std::uint64_t in_front = (std::uint64_t{1} << point) - 1;
    word = (word & ~(in_front << 8U) & ~std::uint64_t{0xff}) | ((word & in_front) << 8U) | '0';
    decimals = 7 - point / 8;
  }
  if ((((word + 0x46 * every_byte) | (word - zeros)) & (0x80 * every_byte)) != 0) return false;
  // Pairs of digits, then fours, then all eight; the first digit is the lowest byte.
  word -= zeros;
  word = (10 * word + (word >> 8U)) & 0x00ff00ff00ff00ffU;
  word = (100 * word + (word >> 16U)) & 0x0000ffff0000ffffU;
  word = (10000 * word + (word >> 32U)) & 0xffffffffU;
  value = static_cast<double>(word);
  if (decimals != 0) value /= powers[decimals];
  return true;
}

}  // namespace rondo::data
