// rondo predict and rondo evaluate, and rondo seeds, whose digests sha256sum computes again.
#include <gmock/gmock.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <sstream>

#include "common/base/text.h"
#include "tests/unit/coordinator/cli/small_run.h"

namespace rondo::cli {
namespace {

using ::testing::HasSubstr;
using testing::read;
using testing::Said;
using testing::say;
using ::testing::StartsWith;
using testing::write;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

using ModelCommands = testing::FinishedRun;

TEST_F(ModelCommands, PredictAndEvaluateAgree) {
  const std::string out = folder_ / "predictions.csv";
  const PredictOptions options{.run = run(), .table = folder_ / "table.csv", .out = out};
  EXPECT_EQ(say([&] { return predict_command(options); }).code, ExitCode::done);
  const std::vector<std::string> lines = lines_of(read(out));
  const std::vector<std::string> table = lines_of(testing::small_table());
  ASSERT_EQ(lines.size(), table.size());
  EXPECT_EQ(lines[0], "predicted_y,probability_no,probability_yes");
  int right = 0;
  for (std::size_t row = 1; row < lines.size(); ++row) {
    const std::string label = lines[row].substr(0, lines[row].find(','));
    const double no =
        *parse_double(lines[row].substr(label.size() + 1, lines[row].rfind(',') - label.size() - 1));
    const double yes = *parse_double(lines[row].substr(lines[row].rfind(',') + 1));
    EXPECT_NEAR(no + yes, 1, 1e-6);
    EXPECT_EQ(label, yes >= no ? "yes" : "no");
    if (table[row].find("," + label + ",") != std::string::npos) ++right;
  }
  const Said evaluated =
      say([&] { return evaluate_command({.run = run(), .table = folder_ / "table.csv", .json = true}); });
  const nlohmann::json json = evaluated.json();
  EXPECT_EQ(json.at("rows"), 90);
  EXPECT_DOUBLE_EQ(json.at("metrics").at("accuracy").get<double>(), right / 90.0);
  EXPECT_TRUE(json.at("metrics").contains("log_loss"));
  EXPECT_TRUE(json.at("metrics").contains("roc_auc"));
  EXPECT_EQ(json.at("digest"), searched_.json().at("digest"));
}

TEST_F(ModelCommands, PredictOverwritesOnlyWhenAsked) {
  const std::string out = folder_ / "predictions.csv";
  write(out, "precious");
  PredictOptions options{.run = run(), .table = folder_ / "table.csv", .out = out};
  EXPECT_EQ(say([&] { return predict_command(options); }).code, ExitCode::usage);
  EXPECT_EQ(read(out), "precious");
  options.overwrite = true;
  EXPECT_EQ(say([&] { return predict_command(options); }).code, ExitCode::done);
  options.out.clear();
  EXPECT_EQ(say([&] { return predict_command(options); }).out, read(out));
}

TEST_F(ModelCommands, RefuseATableThatLacksAColumn) {
  write(folder_ / "narrow.csv", "x,colour\n1,red\n");
  const Said said = say([&] { return predict_command({.run = run(), .table = folder_ / "narrow.csv"}); });
  EXPECT_EQ(said.code, ExitCode::usage);
  EXPECT_THAT(said.error, HasSubstr("z"));
}

TEST_F(ModelCommands, RefuseAnUnfinishedRun) {
  std::filesystem::remove(run() + "/final.rondo");
  std::filesystem::remove_all(run() + "/models");
  EXPECT_EQ(say([&] { return predict_command({.run = run(), .table = folder_ / "table.csv"}); }).code,
            ExitCode::usage);
}

TEST(Regression, HasItsOwnMetrics) {
  const testing::Folder folder;
  const Said searched = testing::run_search(testing::small_search(folder, folder / "run", "height"));
  ASSERT_EQ(searched.code, ExitCode::done) << searched.error << searched.err;
  EXPECT_EQ(searched.json().at("task"), "regression");
  const Said evaluated = say(
      [&] { return evaluate_command({.run = folder / "run", .table = folder / "table.csv", .json = true}); });
  for (const char* const name : {"rmse", "mae", "r2"}) {
    EXPECT_TRUE(evaluated.json().at("metrics").contains(name)) << name;
  }
  const Said predicted =
      say([&] { return predict_command({.run = folder / "run", .table = folder / "table.csv"}); });
  EXPECT_THAT(predicted.out, StartsWith("predicted_height\n"));
  EXPECT_EQ(lines_of(predicted.out).size(), 91U);
}

std::string output_of(const std::string& command) {
  std::FILE* const pipe = popen(command.c_str(), "r");
  std::string text;
  std::array<char, 256> part{};
  while (std::fgets(part.data(), part.size(), pipe) != nullptr) text += part.data();
  EXPECT_EQ(pclose(pipe), 0) << command;
  return text;
}

// The text gives commands; what they print is compared with the digest above them, and the key with its first
// bytes.
TEST(Seeds, CanBeCheckedWithSha256sum) {
  const Said said = say([] { return seeds_command({.master = 42, .trial = 3}); });
  EXPECT_EQ(said.code, ExitCode::done);
  std::string key;
  std::string digest;
  int checked = 0;
  for (const std::string& line : lines_of(said.out)) {
    if (line.starts_with("  key      ")) key = line.substr(11);
    if (line.starts_with("  sha256   ")) digest = line.substr(11);
    if (!line.starts_with("  check    ")) continue;
    EXPECT_EQ(output_of(line.substr(11)).substr(0, 64), digest);
    std::string reversed;
    for (int byte = 7; byte >= 0; --byte) reversed += digest.substr(static_cast<std::size_t>(2 * byte), 2);
    EXPECT_EQ(key, reversed);
    ++checked;
  }
  EXPECT_EQ(checked, 4);
  // Written by hand from common/random/README.md: trial 3 of master seed 42.
  EXPECT_THAT(said.out, HasSubstr("a26c6342ec75c8b28b83724ece7a0b3e29576f820246fed4e26be3e5d2f1a66f"));
}

TEST(Seeds, PrintJson) {
  const Said said = say([] { return seeds_command({.master = 18446744073709551615U, .json = true}); });
  const nlohmann::json json = said.json();
  EXPECT_EQ(json.at("master_seed"), 18446744073709551615U);
  EXPECT_TRUE(json.at("trial").is_null());
  ASSERT_EQ(json.at("keys").size(), 1U);
  EXPECT_EQ(json.at("keys")[0].at("domain"), "data");
}

}  // namespace
}  // namespace rondo::cli
