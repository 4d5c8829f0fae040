#include "common/data/marks.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace rondo::data {
namespace {

std::vector<std::size_t> found(std::string_view bytes, std::size_t begin) {
  Marks marks(bytes, begin);
  std::vector<std::size_t> positions;
  for (std::size_t at = marks.next(); at < bytes.size(); at = marks.next()) positions.push_back(at);
  EXPECT_EQ(marks.next(), bytes.size());
  EXPECT_EQ(marks.next(), bytes.size());
  return positions;
}

std::vector<std::size_t> looked_up(std::string_view bytes, std::size_t begin) {
  std::vector<std::size_t> positions;
  for (std::size_t i = begin; i < bytes.size(); ++i) {
    if (std::string_view(",\"\r\n").find(bytes[i]) != std::string_view::npos) positions.push_back(i);
  }
  return positions;
}

// Neighbours with every bit set or none, between which a carry would show.
TEST(Marks, AreFourOfAllBytes) {
  for (int value = 0; value < 256; ++value) {
    for (const char neighbour : {'\0', '\xff', ',', '\x2d', '\x0b'}) {
      std::string bytes(16, neighbour);
      bytes[5] = static_cast<char>(value);
      EXPECT_EQ(found(bytes, 0), looked_up(bytes, 0)) << value << ' ' << int{neighbour};
    }
  }
}

TEST(Marks, AreFoundAtEveryPlaceOfEveryLength) {
  for (std::size_t size = 0; size <= 140; ++size) {
    for (std::size_t place = 0; place < size; ++place) {
      std::string bytes(size, 'x');
      bytes[place] = "\n,\r\""[place % 4];
      bytes[size - 1 - place] = ',';
      const std::size_t begin = place % 3 == 0 ? place : place / 2;
      EXPECT_EQ(found(bytes, begin), looked_up(bytes, begin)) << size << ' ' << place;
    }
  }
}

}  // namespace
}  // namespace rondo::data
