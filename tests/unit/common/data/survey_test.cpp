#include "common/data/survey.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace rondo::data {
namespace {

// The bytes that were looked at before the first one that is not plain, whole blocks of 64 at most.
TEST(Survey, StopsAtNulAndAtWhatIsNotAscii) {
  for (int value = 0; value < 256; ++value) {
    for (std::size_t place = 0; place < 192; ++place) {
      std::string bytes(192, 'x');
      bytes[place] = static_cast<char>(value);
      const Survey survey = survey_of(bytes);
      const bool plain = value > 0 && value < 128;
      EXPECT_EQ(survey.plain, plain ? 192 : place / 64 * 64) << value << ' ' << place;
      EXPECT_EQ(survey.line_ends, value == '\n' ? 1U : 0U) << value << ' ' << place;
    }
  }
}

TEST(Survey, CountsLineEndsOfEveryLength) {
  for (std::size_t size = 0; size <= 200; ++size) {
    for (const std::size_t step : {1U, 2U, 3U, 7U, 64U}) {
      for (const std::size_t odd : {std::size_t{300}, size / 3}) {
        std::string bytes(size, 'x');
        for (std::size_t i = 0; i < size; i += step) bytes[i] = '\n';
        if (odd < size) bytes[odd] = '\xc3';
        const Survey survey = survey_of(bytes);
        EXPECT_EQ(survey.line_ends, static_cast<std::size_t>(std::count(bytes.begin(), bytes.end(), '\n')))
            << size << ' ' << step;
        EXPECT_LE(survey.plain, size);
      }
    }
  }
}

}  // namespace
}  // namespace rondo::data
