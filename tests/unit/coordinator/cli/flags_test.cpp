#include "coordinator/cli/flags.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "common/base/error.h"
#include "common/experiment/schema.h"
#include "coordinator/cli/yaml.h"

namespace rondo::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// What a command with these flags and one file makes of the arguments.
struct Parsed {
  FlagValues values;
  std::string file;
};

Parsed parse(std::vector<std::string> arguments) {
  Parsed parsed;
  CLI::App app;
  app.add_option("file", parsed.file);
  add_experiment_flags(app, parsed.values);
  std::reverse(arguments.begin(), arguments.end());  // as CLI11 takes them
  app.parse(arguments);
  return parsed;
}

proto::Experiment applied(const std::vector<std::string>& arguments, const std::string& file = "{}") {
  proto::Experiment experiment = read_yaml(file, "f.yaml");
  apply_flags(parse(arguments).values, experiment);
  return experiment;
}

std::string refusal(const std::vector<std::string>& arguments, const std::string& file = "{}") {
  try {
    (void)applied(arguments, file);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::bad_input);
    return error.what();
  }
  return "accepted";
}

TEST(Flags, FillTheSameSettingsAsAFile) {
  const proto::Experiment experiment =
      applied({"--data", "train.csv", "--target", "to predict", "--trials", "50", "--seed", "42", "--sampler",
               "evolution", "--lanes=8", "--test", "0.25", "--task", "binary", "--metric=roc_auc"});
  EXPECT_EQ(experiment.DebugString(),
            read_yaml("data: {path: train.csv, target: to predict, task: binary, metric: roc_auc}\n"
                      "split: {test: 0.25}\nsearch: {seed: 42, sampler: evolution, lanes: 8}\n"
                      "budget: {trials: 50}\n",
                      "f.yaml")
                .DebugString());
}

TEST(Flags, StandOnTopOfTheFile) {
  const std::string file = "search: {seed: 1, lanes: 4}\nbudget: {trials: 10}\n";
  const proto::Experiment experiment = applied({"--seed", "0", "--trials", "20"}, file);
  EXPECT_EQ(experiment.search().seed(), 0u);
  EXPECT_TRUE(experiment.search().has_seed());
  EXPECT_EQ(experiment.search().lanes(), 4u);
  EXPECT_EQ(experiment.budget().trials(), 20u);
  EXPECT_EQ(applied({}, file).DebugString(), read_yaml(file, "f.yaml").DebugString());
}

TEST(Flags, AListsFlagReplacesTheFilesList) {
  const std::string file = "data: {drop: [a, b]}\n";
  EXPECT_THAT(applied({"--drop", "c", "--drop", "d, e"}, file).data().drop(), ElementsAre("c", "d, e"));
  EXPECT_THAT(applied({"--drop", "a"}, file).data().drop(), ElementsAre("a"));
  EXPECT_THAT(applied({"--seed", "1"}, file).data().drop(), ElementsAre("a", "b"));
  EXPECT_EQ(refusal({"--drop", "a", "--drop", "a"}), "data.drop: a stands there twice");
}

TEST(Flags, AListOfChoicesHasCommasBetween) {
  const auto objectives = [](const std::vector<std::string>& arguments) {
    const proto::Experiment experiment = applied(arguments, "search: {objectives: [score, ticks]}\n");
    return std::vector<int>(experiment.search().objectives().begin(), experiment.search().objectives().end());
  };
  EXPECT_THAT(
      objectives({"--objectives", "score,parameters, multiply_adds"}),
      ElementsAre(proto::OBJECTIVE_SCORE, proto::OBJECTIVE_PARAMETERS, proto::OBJECTIVE_MULTIPLY_ADDS));
  EXPECT_THAT(objectives({"--objectives", "score", "--objectives", "parameters"}),
              ElementsAre(proto::OBJECTIVE_SCORE, proto::OBJECTIVE_PARAMETERS));
  EXPECT_THAT(objectives({}), ElementsAre(proto::OBJECTIVE_SCORE, proto::OBJECTIVE_TICKS));
  EXPECT_EQ(
      refusal({"--objectives", "score,tics"}),
      "--objectives: 'tics' is not one of score, parameters, multiply_adds, ticks; did you mean ticks?");
  EXPECT_EQ(refusal({"--objectives", "score,ticks,ticks"}), "search.objectives: ticks stands there twice");
}

TEST(Flags, AListDoesNotTakeTheFilesName) {
  const Parsed parsed = parse({"--drop", "a", "experiment.yaml"});
  EXPECT_EQ(parsed.file, "experiment.yaml");
  EXPECT_THAT(parsed.values.texts.at("drop"), ElementsAre("a"));
}

TEST(Flags, ReadNothingBeforeTheyAreApplied) {
  const Parsed parsed = parse({"--trials", "many", "--trials", "more"});
  EXPECT_THAT(parsed.values.texts.at("trials"), ElementsAre("many", "more"));
  EXPECT_THAT(parsed.values.texts.at("seed"), IsEmpty());
}

TEST(Flags, NameThemselvesInAMessage) {
  EXPECT_EQ(refusal({"--trials", "-5"}), "--trials: -5 is below the minimum 1");
  EXPECT_EQ(refusal({"--trials=-5"}), "--trials: -5 is below the minimum 1");
  EXPECT_EQ(refusal({"--trials", "many"}), "--trials: 'many' is not a whole number");
  EXPECT_EQ(refusal({"--seed", "18446744073709551616"}),
            "--seed: 18446744073709551616 is above the maximum 18446744073709551615");
  EXPECT_EQ(refusal({"--sampler", "gird"}),
            "--sampler: 'gird' is not one of random, grid, evolution, sobol, tpe, gp, cmaes, greedy, "
            "portfolio, nsga2; did you "
            "mean grid?");
  EXPECT_EQ(refusal({"--target", ""}), "--target: the value is empty");
  EXPECT_EQ(refusal({"--seed", "1", "--seed", "1"}), "--seed: given twice");
  EXPECT_EQ(refusal({"--drop", "\xff"}), "--drop: the value is not UTF-8 text");
}

TEST(Flags, OnlyKnownOnesAreTaken) {
  EXPECT_THROW(parse({"--trails", "5"}), CLI::ParseError);
  EXPECT_THROW(parse({"--seed"}), CLI::ParseError);
}

TEST(Flags, EverySettingWithAFlagHasAnOptionWithItsHelp) {
  CLI::App app;
  FlagValues values;
  add_experiment_flags(app, values);
  const std::string help = app.help();
  std::size_t flags = 0;
  for (const SettingField& setting : setting_fields()) {
    const proto::Setting& mark = setting.setting();
    if (mark.flag().empty()) continue;
    ++flags;
    EXPECT_NE(app.get_option_no_throw("--" + mark.flag()), nullptr) << mark.flag();
    EXPECT_THAT(app.get_option("--" + mark.flag())->get_description(), HasSubstr(mark.help()));
    if (!mark.default_value().empty()) {
      EXPECT_THAT(app.get_option("--" + mark.flag())->get_description(), HasSubstr(mark.default_value()));
    }
  }
  EXPECT_EQ(values.texts.size(), flags);
  EXPECT_THAT(help, HasSubstr("--drop"));
}

}  // namespace
}  // namespace rondo::cli
