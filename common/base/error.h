// The one exception type for things that can go wrong outside our code. Our own bugs go through RONDO_CHECK.
#pragma once

#include <fmt/format.h>

#include <stdexcept>
#include <string>
#include <utility>

namespace rondo {

// What a caller can do about an error. The command's exit code follows from it: exit_code() below.
enum class ErrorCode {
  bad_input,    // the user's file, flag or setting is wrong; nothing was written
  environment,  // disk full, read-only folder, a rank lost for good, a version that does not match
  corrupt,      // a file of ours is damaged
  differs,      // a result that must be equal is not
};

class Error : public std::runtime_error {
 public:
  Error(ErrorCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
  [[nodiscard]] ErrorCode code() const { return code_; }

 private:
  ErrorCode code_;
};

// The message says what is wrong, where, and what to do about it.
template <class... Args>
[[noreturn]] void throw_bad_input(fmt::format_string<Args...> format, Args&&... args) {
  throw Error(ErrorCode::bad_input, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
[[noreturn]] void throw_environment(fmt::format_string<Args...> format, Args&&... args) {
  throw Error(ErrorCode::environment, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
[[noreturn]] void throw_corrupt(fmt::format_string<Args...> format, Args&&... args) {
  throw Error(ErrorCode::corrupt, fmt::format(format, std::forward<Args>(args)...));
}

// Exit codes of the rondo command.
enum class ExitCode : int { done = 0, failed = 1, usage = 2, paused = 3, differs = 4 };

[[nodiscard]] constexpr ExitCode exit_code(ErrorCode code) {
  switch (code) {
    case ErrorCode::bad_input:
      return ExitCode::usage;
    case ErrorCode::differs:
      return ExitCode::differs;
    case ErrorCode::environment:
    case ErrorCode::corrupt:
      break;
  }
  return ExitCode::failed;
}

}  // namespace rondo
