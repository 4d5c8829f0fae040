#include "tests/unit/coordinator/cli/small_run.h"

#include <fmt/format.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace rondo::cli::testing {

Folder::Folder() : path_(::testing::TempDir() + "/rondo-cli-test-XXXXXX") {
  if (mkdtemp(path_.data()) == nullptr) std::abort();
}

Folder::~Folder() {
  std::filesystem::remove_all(path_);
}

std::string read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void write(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

Said say(const std::function<ExitCode()>& command) {
  Said said;
  ::testing::internal::CaptureStdout();
  ::testing::internal::CaptureStderr();
  try {
    said.code = command();
  } catch (const Error& error) {
    said.code = exit_code(error.code());
    said.error = error.what();
  }
  said.out = ::testing::internal::GetCapturedStdout();
  said.err = ::testing::internal::GetCapturedStderr();
  return said;
}

std::string small_table() {
  constexpr std::array colours{"red", "green", "\"dark, blue\""};
  std::string text = "x,colour,z,y,height\n";
  for (int row = 0; row < 90; ++row) {
    const int x = row * 37 % 90 - 45;
    const std::string z = row % 11 == 0 ? "" : fmt::format("{}.5", row * 13 % 50);
    text += fmt::format("{},{},{},{},{}.25\n", x, colours[static_cast<std::size_t>(row % 3)], z,
                        x > row % 3 * 10 ? "yes" : "no", 100 + x + row % 3);
  }
  return text;
}

SearchOptions small_search(const Folder& folder, const std::string& out, const std::string& target) {
  const std::string table = folder / "table.csv";
  if (!std::filesystem::exists(table)) write(table, small_table());
  SearchOptions options;
  options.flags.texts = {{"data", {table}}, {"target", {target}}, {"drop", {target == "y" ? "height" : "y"}},
                         {"trials", {"6"}}, {"epochs", {"5"}},    {"lanes", {"3"}},
                         {"seed", {"11"}},  {"test", {"0.2"}}};
  options.out = out;
  options.json = true;
  return options;
}

Said run_search(const SearchOptions& options) {
  std::array<char, 6> name{"rondo"};
  std::array<char*, 2> arguments{name.data(), nullptr};
  int count = 1;
  char** values = arguments.data();
  World world;
  world.argc = &count;
  world.argv = &values;
  return say([&] { return search_command(options, world); });
}

void FinishedRun::SetUp() {
  searched_ = run_search(small_search(folder_, run()));
  ASSERT_EQ(searched_.code, ExitCode::done) << searched_.error << searched_.err;
}

}  // namespace rondo::cli::testing
