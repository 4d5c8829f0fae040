// Completions know the program's commands and options.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <string>

#include "coordinator/cli/app.h"
#include "tests/unit/coordinator/cli/small_run.h"

namespace rondo::cli {
namespace {

using ::testing::HasSubstr;

std::string printed(const char* shell) {
  std::string program = "rondo";
  std::string command = "completion";
  std::string name = shell;
  std::array<char*, 4> arguments{program.data(), command.data(), name.data(), nullptr};
  const testing::Said said = testing::say([&] { return static_cast<ExitCode>(run(3, arguments.data())); });
  EXPECT_EQ(said.code, ExitCode::done);
  return said.out;
}

TEST(Completion, KnowsCommandsAndOptions) {
  EXPECT_THAT(printed("bash"), HasSubstr("search resume extend launch submit"));
  EXPECT_THAT(printed("bash"), HasSubstr("--tasks-per-node"));
  EXPECT_THAT(printed("zsh"), HasSubstr("'*--trials["));
}

}  // namespace
}  // namespace rondo::cli
