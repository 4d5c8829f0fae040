// One look over all bytes of a table, many at a time: what is to be known before they are read.
#pragma once

#include <cstddef>
#include <string_view>

namespace rondo::data {

struct Survey {
  std::size_t plain = 0;      // bytes at the beginning, at least, that are ASCII and no NUL
  std::size_t line_ends = 0;  // LFs, wherever they stand
};

[[nodiscard]] Survey survey_of(std::string_view bytes);

}  // namespace rondo::data
