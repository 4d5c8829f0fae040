// Assertions for our own bugs, on in every build. A failed one prints the place and the values, and aborts.
#pragma once

#include <fmt/format.h>

#include <string>

namespace rondo {

[[noreturn]] void check_failed(const char* condition, const char* file, int line, const std::string& detail);

}  // namespace rondo

// RONDO_CHECK(condition) or RONDO_CHECK(condition, "lane {} holds trial {}", lane, trial).
#define RONDO_CHECK(condition, ...)                                                              \
  do {                                                                                           \
    if (!(condition)) [[unlikely]] {                                                             \
      ::rondo::check_failed(#condition, __FILE__, __LINE__, ::rondo::check_detail(__VA_ARGS__)); \
    }                                                                                            \
  } while (false)

namespace rondo {

inline std::string check_detail() {
  return {};
}
template <class... Args>
std::string check_detail(fmt::format_string<Args...> format, Args&&... args) {
  return fmt::format(format, std::forward<Args>(args)...);
}

}  // namespace rondo
