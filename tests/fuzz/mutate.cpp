#include "tests/fuzz/mutate.h"

#include <algorithm>
#include <array>
#include <iterator>

namespace rondo::fuzz {

namespace {

// Bytes at which parsers turn: ends of ranges, varints' last bytes, marks of text formats.
constexpr std::string_view turning_points(
    "\x00\x01\x7f\x80\xff\n\r\t ,\"'#:-[]{}&*!|>%@`0123456789.eE+\xef\xbb\xbf", 45);

constexpr std::array<std::string_view, 14> words = {
    "nan",  "inf",  "1e309",    "-0",           "18446744073709551616", "0x10", "\"\"", "\r\n", "~",
    "null", "true", "\xc3\x28", "\xed\xa0\x80", "\xf4\x90\x80\x80"};

char turning_point(Dice& dice) {
  return turning_points[dice.below(turning_points.size())];
}

std::size_t at(const std::string& bytes, Dice& dice) {
  return dice.below(bytes.size() + 1);
}

// A part of some input, mostly a short one.
std::string_view part(std::string_view of, Dice& dice) {
  if (of.empty()) return {};
  const std::size_t begin = dice.below(of.size());
  const std::size_t most = dice.one_in(4) ? of.size() - begin : std::min<std::size_t>(of.size() - begin, 16);
  return of.substr(begin, 1 + dice.below(most));
}

void number(std::string& bytes, Dice& dice) {
  constexpr std::array<std::uint64_t, 9> values = {
      0, 1, 0x7f, 0xff, 0xffff, 0x7fffffff, 0xffffffff, 0x7fffffffffffffff, 0xffffffffffffffff};
  const std::uint64_t value = values[dice.below(values.size())] + dice.below(2);
  const std::size_t width = std::size_t{1} << dice.below(4);
  const std::size_t begin = at(bytes, dice);
  for (std::size_t i = 0; i < width && begin + i < bytes.size(); ++i) {
    bytes[begin + i] = static_cast<char>(value >> (8 * i) & 0xffU);
  }
}

void change(std::string& bytes, const std::vector<std::string>& inputs, Dice& dice) {
  const std::size_t place = at(bytes, dice);
  switch (dice.below(9)) {
    case 0:  // a bit
      if (place < bytes.size()) bytes[place] = static_cast<char>(bytes[place] ^ (1 << dice.below(8)));
      break;
    case 1:
      if (place < bytes.size()) bytes[place] = turning_point(dice);
      break;
    case 2:
      bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(place), 1 + dice.below(4),
                   turning_point(dice));
      break;
    case 3:
      bytes.erase(place, 1 + dice.below(dice.one_in(4) ? bytes.size() + 1 : 8));
      break;
    case 4:  // a part of its own again
      bytes.insert(place, std::string(part(bytes, dice)));
      break;
    case 5:  // a part of another input
      bytes.insert(place, std::string(part(inputs[dice.below(inputs.size())], dice)));
      break;
    case 6:
      bytes.replace(place, std::min(bytes.size() - place, dice.below(9)), words[dice.below(words.size())]);
      break;
    case 7:
      number(bytes, dice);
      break;
    default:  // cut, now and then
      if (dice.one_in(4)) bytes.resize(place);
      break;
  }
}

}  // namespace

std::string mutated(const std::vector<std::string>& inputs, Dice& dice, std::size_t most_bytes) {
  std::string bytes = inputs[dice.below(inputs.size())];
  const std::size_t changes = 1 + dice.below(8);
  for (std::size_t i = 0; i < changes; ++i) change(bytes, inputs, dice);
  if (bytes.size() > most_bytes) bytes.resize(most_bytes);
  return bytes;
}

}  // namespace rondo::fuzz
