#include "common/base/error.h"

#include <gtest/gtest.h>

#include <string>

namespace rondo {
namespace {

template <class Throw>
void expect_thrown(Throw thrower, ErrorCode code, const std::string& message) {
  try {
    thrower();
    ADD_FAILURE() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code);
    EXPECT_EQ(error.what(), message);
  }
}

TEST(Error, CarriesItsCodeAndItsMessage) {
  expect_thrown([] { throw_bad_input("{}:{}: no column '{}'", "a.csv", 3, "age"); }, ErrorCode::bad_input,
                "a.csv:3: no column 'age'");
  expect_thrown([] { throw_environment("disk full"); }, ErrorCode::environment, "disk full");
  expect_thrown([] { throw_corrupt("record {}", 7); }, ErrorCode::corrupt, "record 7");
}

TEST(Error, CanBeCaughtAsAStandardException) {
  try {
    throw Error(ErrorCode::differs, "epoch 2");
  } catch (const std::exception& error) {
    EXPECT_STREQ(error.what(), "epoch 2");
  }
}

// The exit codes are what scripts rely on: 0 done, 1 failed, 2 usage, 3 paused, 4 results differ.
TEST(Error, DecidesTheExitCode) {
  EXPECT_EQ(static_cast<int>(exit_code(ErrorCode::bad_input)), 2);
  EXPECT_EQ(static_cast<int>(exit_code(ErrorCode::environment)), 1);
  EXPECT_EQ(static_cast<int>(exit_code(ErrorCode::corrupt)), 1);
  EXPECT_EQ(static_cast<int>(exit_code(ErrorCode::differs)), 4);
  EXPECT_EQ(static_cast<int>(ExitCode::done), 0);
  EXPECT_EQ(static_cast<int>(ExitCode::paused), 3);
}

}  // namespace
}  // namespace rondo
