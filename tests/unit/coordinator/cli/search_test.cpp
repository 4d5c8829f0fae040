// rondo search, resume, show and verify, as functions.
#include <gmock/gmock.h>

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "coordinator/cli/app.h"
#include "coordinator/cli/search_arguments.h"
#include "coordinator/cli/search_input.h"
#include "tests/unit/coordinator/cli/small_run.h"
#include "tests/unit/coordinator/store/journal_verbs.h"

namespace rondo::cli {
namespace {

using ::testing::ElementsAre;
using testing::Folder;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::Not;
using testing::read;
using testing::run_search;
using testing::Said;
using testing::say;
using testing::small_search;
using testing::write;

using SearchCommand = testing::FinishedRun;

TEST_F(SearchCommand, PrintsOneJsonObject) {
  const nlohmann::json json = searched_.json();
  EXPECT_THAT(json.at("digest").get<std::string>(), MatchesRegex("[0-9a-f]{64}"));
  EXPECT_EQ(json.at("task"), "binary");
  EXPECT_EQ(json.at("metric"), "accuracy");
  EXPECT_EQ(json.at("folds"), 0);
  EXPECT_EQ(json.at("repeats"), 1);
  EXPECT_EQ(json.at("run"), run());
  ASSERT_EQ(json.at("trials").size(), 6U);
  double best_score = -1;
  for (std::size_t i = 0; i < 6; ++i) {
    const nlohmann::json& trial = json.at("trials")[i];
    EXPECT_EQ(trial.at("id"), i);
    EXPECT_THAT(trial.at("outcome").get<std::string>(), ::testing::AnyOf("completed", "diverged"));
    EXPECT_GT(trial.at("parameters"), 0U);
    EXPECT_GE(trial.at("epochs"), 1U);
    EXPECT_LE(trial.at("epochs"), 5U);
    if (trial.at("outcome") == "completed")
      best_score = std::max(best_score, trial.at("score").get<double>());
  }
  EXPECT_EQ(json.at("trials")[json.at("best").get<std::size_t>()].at("score"), best_score);
  EXPECT_EQ(json.at("final").at("networks")[0].at("trial"), json.at("best"));
  EXPECT_GT(json.at("final").at("networks").size(), 1U) << "the default is an ensemble";
  EXPECT_TRUE(json.at("final").at("test_metrics").contains("accuracy"));
}

TEST_F(SearchCommand, SaysOnStandardErrorWhatItInferred) {
  EXPECT_THAT(searched_.err, HasSubstr("90 rows, 5 columns"));
  EXPECT_THAT(searched_.err, HasSubstr("y: binary, 2 classes, ranked by accuracy"));
  EXPECT_THAT(searched_.err, HasSubstr("2 numeric (x, z), 1 categorical (colour)"));
  EXPECT_THAT(searched_.err, HasSubstr("57 training, 15 validation, 18 test"));
  EXPECT_THAT(searched_.err, HasSubstr("digest     " + searched_.json().at("digest").get<std::string>()));
}

TEST_F(SearchCommand, AskedAgainChangesNothing) {
  const std::string before = read(run() + "/journal.rondo");
  const Said again = run_search(small_search(folder_, run()));
  EXPECT_EQ(again.code, ExitCode::done) << again.error;
  EXPECT_EQ(again.json(), searched_.json());
  EXPECT_THAT(again.err, HasSubstr("goes on with the run that is there"));
  EXPECT_THAT(searched_.err, Not(HasSubstr("goes on with the run that is there")));
  SearchOptions resume;
  resume.resume = true;
  resume.json = true;
  resume.out = run();
  EXPECT_EQ(run_search(resume).json(), searched_.json());
  EXPECT_EQ(read(run() + "/journal.rondo"), before);
}

TEST_F(SearchCommand, RefusesAnotherExperimentAndNamesTheSetting) {
  SearchOptions other = small_search(folder_, run());
  other.flags.texts["epochs"] = {"4"};
  const Said said = run_search(other);
  EXPECT_EQ(said.code, ExitCode::usage);
  EXPECT_THAT(said.error, HasSubstr("training.epochs: 5 there, 4 here"));
  EXPECT_THROW(check_search(other), Error);
  other.overwrite = true;
  EXPECT_EQ(run_search(other).code, ExitCode::done);
}

TEST_F(SearchCommand, ItsExperimentGivenBackRepeatsTheRun) {
  SearchOptions again;
  again.file = run() + "/experiment.yaml";
  again.out = folder_ / "again";
  again.json = true;
  const Said said = run_search(again);
  ASSERT_EQ(said.code, ExitCode::done) << said.error;
  for (const char* const file :
       {"/journal.rondo", "/final.rondo", "/models/best/model.rondo", "/experiment.yaml"}) {
    EXPECT_EQ(read(run() + file), read(again.out + file)) << file;
  }
}

TEST_F(SearchCommand, ResumeGoesOnBehindATornJournal) {
  const std::string whole = read(run() + "/journal.rondo");
  const std::string final_record = read(run() + "/final.rondo");
  std::filesystem::remove(run() + "/final.rondo");
  std::filesystem::remove_all(run() + "/models");
  write(run() + "/journal.rondo", store::TruncateAt(whole, whole.size() * 2 / 3));
  SearchOptions resume;
  resume.resume = true;
  resume.json = true;
  resume.out = run();
  const Said said = run_search(resume);
  EXPECT_EQ(said.code, ExitCode::done) << said.error << said.err;
  EXPECT_EQ(read(run() + "/journal.rondo"), whole);
  EXPECT_EQ(read(run() + "/final.rondo"), final_record);
}

TEST_F(SearchCommand, ExtendedIsWhatAFreshSearchOfMoreTrialsIs) {
  SearchOptions more = small_search(folder_, folder_ / "more");
  more.flags.texts["trials"] = {"9"};
  const Said fresh = run_search(more);
  const std::string before = read(run() + "/journal.rondo");
  SearchOptions extend;
  extend.extend = run() + "/";
  extend.flags.texts["trials"] = {"9"};
  extend.json = true;
  EXPECT_EQ(run_folder_of(extend), run() + "-9");
  const Said said = run_search(extend);
  ASSERT_EQ(said.code, ExitCode::done) << said.error;
  EXPECT_THAT(said.err, HasSubstr("results of 6 trials"));
  EXPECT_EQ(said.json().at("digest"), fresh.json().at("digest"));
  for (const char* const file : {"/journal.rondo", "/final.rondo", "/models/best/model.rondo"}) {
    EXPECT_EQ(read(run() + "-9" + file), read(more.out + file)) << file;
  }
  EXPECT_EQ(read(run() + "/journal.rondo"), before);
}

TEST_F(SearchCommand, ExtendRefusesWhatIsNoLargerBudgetOfThisExperiment) {
  SearchOptions extend;
  extend.extend = run();
  extend.out = folder_ / "extended";
  extend.flags.texts["trials"] = {"6"};
  Said said = run_search(extend);
  EXPECT_EQ(said.code, ExitCode::usage);
  EXPECT_THAT(said.error, HasSubstr("has a budget of 6 trials already"));
  extend.flags.texts["trials"] = {"9"};
  write(folder_ / "other.csv", read(folder_ / "table.csv") + "1,red,2,no,3\n");
  extend.flags.texts["data"] = {folder_ / "other.csv"};
  said = run_search(extend);
  EXPECT_EQ(said.code, ExitCode::usage);
  EXPECT_THAT(said.error, HasSubstr("those of another experiment (the table's bytes"));
  EXPECT_FALSE(std::filesystem::exists(extend.out));
}

TEST_F(SearchCommand, ResumeTakesATableThatMoved) {
  std::filesystem::rename(folder_ / "table.csv", folder_ / "moved.csv");
  SearchOptions resume;
  resume.resume = true;
  resume.out = run();
  EXPECT_EQ(run_search(resume).code, ExitCode::usage);
  resume.flags.texts["data"] = {folder_ / "moved.csv"};
  EXPECT_EQ(run_search(resume).code, ExitCode::done);
}

TEST_F(SearchCommand, DescribesItsSurroundings) {
  const auto launches = [&] {
    return nlohmann::json::parse(read(run() + "/environment.json")).at("launches");
  };
  ASSERT_EQ(launches().size(), 1U);
  const nlohmann::json json = launches()[0];
  EXPECT_EQ(json.at("ranks"), 1);
  EXPECT_FALSE(json.at("host").get<std::string>().empty());
  EXPECT_FALSE(json.at("kernel_target").get<std::string>().empty());
  EXPECT_THAT(json.at("libraries").at("protobuf").get<std::string>(),
              MatchesRegex("[0-9]+\\.[0-9]+\\.[0-9]+"));
  EXPECT_THAT(json.at("libraries").at("boost").get<std::string>(), MatchesRegex("[0-9]+\\.[0-9]+\\.[0-9]+"));
  SearchOptions resume;
  resume.resume = true;
  resume.out = run();
  EXPECT_EQ(run_search(resume).code, ExitCode::done);
  ASSERT_EQ(launches().size(), 2U);
  EXPECT_EQ(launches()[0], json);
}

TEST_F(SearchCommand, ShowsTheSameRun) {
  const Said json = say([&] { return show_command({.run = run(), .json = true}); });
  nlohmann::json searched = searched_.json();
  searched.erase("run");
  EXPECT_EQ(json.json(), searched);
  const Said text = say([&] { return show_command({.run = run(), .most = 2}); });
  EXPECT_THAT(text.out, HasSubstr(searched.at("digest").get<std::string>()));
  EXPECT_THAT(text.out, HasSubstr("portfolio sampler, 3 lanes, master seed 11"));
  EXPECT_THAT(text.out, HasSubstr("more completed trials"));
}

TEST_F(SearchCommand, ATrialThatIsStoppedKeepsItsPlace) {
  SearchOptions halving = testing::small_search(folder_, folder_ / "halving");
  halving.flags.texts["stopper"] = {"asha"};
  halving.flags.texts["trials"] = {"9"};
  const Said said = testing::run_search(halving);
  ASSERT_EQ(said.code, ExitCode::done) << said.error;
  std::map<std::string, int> outcomes;
  const nlohmann::json json = said.json();
  for (const nlohmann::json& trial : json.at("trials")) {
    ++outcomes[trial.at("outcome").get<std::string>()];
    if (trial.at("outcome") != "paused") continue;
    EXPECT_TRUE(trial.at("score").is_number());
    EXPECT_THAT(trial.at("epochs").get<int>(), ::testing::AnyOf(1, 3));
  }
  EXPECT_GE(outcomes["paused"], 5);
  const Said text = say([&] { return show_command({.run = folder_ / "halving", .most = 2}); });
  EXPECT_THAT(text.out, HasSubstr("portfolio sampler, asha stopper, 3 lanes"));
  EXPECT_THAT(text.out, HasSubstr("parameters  state       network"));
  EXPECT_THAT(text.out, HasSubstr("more trials"));
  EXPECT_EQ(say([&] { return replay_command({.run = folder_ / "halving"}); }).code, ExitCode::done);
}

TEST_F(SearchCommand, SaysWhichLimitATrialIsAbove) {
  SearchOptions limited = testing::small_search(folder_, folder_ / "limited");
  limited.file = folder_ / "limits.yaml";
  write(limited.file, "limits: {parameters: 4600, multiply_adds: 3000}\nspace: {units: [16, 64, 512]}\n");
  limited.flags.texts["trials"] = {"12"};
  limited.flags.texts["sampler"] = {"random"};
  const Said said = run_search(limited);
  ASSERT_EQ(said.code, ExitCode::done) << said.error << said.err;
  std::map<std::string, int> limits;
  const nlohmann::json json = said.json();
  for (const nlohmann::json& trial : json.at("trials")) {
    EXPECT_EQ(trial.contains("limit"), trial.at("outcome") == "too_large");
    if (!trial.contains("limit")) continue;
    ++limits[trial.at("limit").get<std::string>()];
    EXPECT_EQ(trial.at("limit") == "limits.parameters", trial.at("parameters") > 4600);
  }
  EXPECT_GE(limits["limits.parameters"], 1);
  EXPECT_GE(limits["limits.multiply_adds"], 1);
  EXPECT_LT(limits["limits.parameters"] + limits["limits.multiply_adds"], 12);
  const Said text = say([&] { return show_command({.run = limited.out}); });
  EXPECT_THAT(text.out,
              HasSubstr(std::to_string(limits["limits.multiply_adds"]) + " above limits.multiply_adds, " +
                        std::to_string(limits["limits.parameters"]) + " above limits.parameters)"));
}

// Whether trial `a` of the JSON object is no worse than `b` and better in one of four: accuracy, parameters,
// multiply-adds, ticks.
bool beats(const nlohmann::json& a, const nlohmann::json& b) {
  bool better = a.at("score") > b.at("score");
  bool worse = a.at("score") < b.at("score");
  for (const char* const cost : {"parameters", "multiply_adds", "ticks"}) {
    better = better || a.at(cost) < b.at(cost);
    worse = worse || a.at(cost) > b.at(cost);
  }
  return better && !worse;
}

TEST_F(SearchCommand, ShowsTheFrontOfSeveralObjectives) {
  SearchOptions search = testing::small_search(folder_, folder_ / "front");
  search.flags.texts["sampler"] = {"nsga2"};
  search.flags.texts["objectives"] = {"score,parameters,multiply_adds,ticks"};
  search.flags.texts["trials"] = {"30"};
  search.flags.texts["epochs"] = {"3"};
  const Said said = run_search(search);
  ASSERT_EQ(said.code, ExitCode::done) << said.error << said.err;
  EXPECT_THAT(said.err,
              HasSubstr("nsga2 sampler by score and parameters and multiply_adds and ticks, 30 trials"));
  const nlohmann::json json = said.json();
  std::vector<std::size_t> front;
  for (const nlohmann::json& trial : json.at("trials")) {
    if (!trial.at("score").is_number()) continue;
    const bool beaten = std::ranges::any_of(json.at("trials"), [&](const nlohmann::json& other) {
      return other.at("score").is_number() && beats(other, trial);
    });
    if (!beaten) front.push_back(trial.at("id"));
  }
  EXPECT_THAT(json.at("pareto").get<std::vector<std::size_t>>(), ::testing::UnorderedElementsAreArray(front));
  EXPECT_EQ(json.at("pareto")[0], json.at("best")) << "in the leaderboard's order";
  EXPECT_GT(front.size(), 1u);
  EXPECT_EQ(json.at("final").at("networks")[0].at("trial"), json.at("best"));
  // x and z, z's indicator and three colours.
  const nlohmann::json& first = json.at("trials")[0];
  EXPECT_LT(first.at("multiply_adds"), first.at("parameters"));
  EXPECT_EQ(first.at("ticks").get<std::uint64_t>() % first.at("epochs").get<std::uint64_t>(), 0u);

  nlohmann::json shown = say([&] { return show_command({.run = search.out, .json = true}); }).json();
  shown["run"] = json.at("run");
  EXPECT_EQ(shown, json);
  const Said text = say([&] { return show_command({.run = search.out}); });
  EXPECT_THAT(text.out, HasSubstr(fmt::format(
                            "front      {} of 30 trials: no other one is as good by score, parameters, "
                            "multiply_adds, ticks and better by one of them",
                            front.size())));
  EXPECT_THAT(text.out, HasSubstr("parameters  multiply-adds       ticks  network"));
  EXPECT_THAT(text.out, HasSubstr("the best by its score alone"));
}

TEST_F(SearchCommand, ShowsTheFrontOfAnyRunWhenAsked) {
  nlohmann::json plain = say([&] { return show_command({.run = run(), .json = true}); }).json();
  EXPECT_FALSE(plain.contains("pareto"));
  EXPECT_FALSE(plain.at("trials")[0].contains("ticks"));
  EXPECT_THAT(say([&] { return show_command({.run = run()}); }).out, Not(HasSubstr("front ")));
  const nlohmann::json front =
      say([&] { return show_command({.run = run(), .pareto = true, .json = true}); }).json();
  EXPECT_THAT(front.at("objectives"), ElementsAre("score", "parameters", "multiply_adds", "ticks"));
  EXPECT_EQ(front.at("pareto")[0], front.at("best"));
  EXPECT_THAT(say([&] { return show_command({.run = run(), .pareto = true}); }).out,
              HasSubstr("front      "));
}

// One width and three classes: the table says what the journal does not.
TEST(Search, ShowsTheFrontByTheTableWhereTheJournalDoesNotTell) {
  const Folder folder;
  SearchOptions search = testing::small_search(folder, folder / "run", "colour");
  search.file = folder / "width.yaml";
  write(search.file, "space: {dense_layers: [1], units: [16]}\n");
  search.flags.texts["objectives"] = {"score,multiply_adds"};
  search.flags.texts["sampler"] = {"random"};
  const Said said = run_search(search);
  ASSERT_EQ(said.code, ExitCode::done) << said.error << said.err;
  EXPECT_THAT(said.err, HasSubstr("--sampler nsga2 weighs all objectives"));
  const nlohmann::json json = said.json();
  EXPECT_GE(json.at("pareto").size(), 1u);
  // x, z, z's indicator, height; 3 classes.
  EXPECT_EQ(json.at("trials")[0].at("multiply_adds"), 16 * (4 + 3));
  std::filesystem::remove(folder / "table.csv");
  const nlohmann::json without = say([&] { return show_command({.run = search.out, .json = true}); }).json();
  EXPECT_TRUE(without.at("pareto").is_null());
  EXPECT_TRUE(without.at("trials")[0].at("multiply_adds").is_null());
  EXPECT_THAT(say([&] { return show_command({.run = search.out}); }).out,
              HasSubstr("not known, for all networks"));
}

TEST_F(SearchCommand, SaysWhichTrialsDontFillTheirBracket) {
  SearchOptions brackets = testing::small_search(folder_, folder_ / "brackets");
  brackets.flags.texts["stopper"] = {"hyperband"};
  // 5 epochs: 3 trials of 1, then 2 of all of them.
  EXPECT_THAT(testing::run_search(brackets).err,
              HasSubstr("brackets has 5 trials; the last 1 of 6 don't fill"));
  brackets.flags.texts["trials"] = {"10"};
  brackets.out = folder_ / "full";
  EXPECT_THAT(testing::run_search(brackets).err, ::testing::Not(HasSubstr("don't fill")));
}

TEST_F(SearchCommand, VerifiesAndNamesABrokenRecord) {
  const Said sound = say([&] { return verify_command({.run = run(), .json = true}); });
  EXPECT_EQ(sound.code, ExitCode::done);
  EXPECT_EQ(sound.json().at("end"), "clean");
  EXPECT_EQ(sound.json().at("final"), true);
  EXPECT_EQ(sound.json().at("digest"), searched_.json().at("digest"));

  const std::string journal = read(run() + "/journal.rondo");
  const std::size_t record = 7;
  write(run() + "/journal.rondo", store::FlipBit(journal, 8 * (store::record_offsets(journal)[record] + 20)));
  const Said damaged = say([&] { return verify_command({.run = run()}); });
  EXPECT_EQ(damaged.code, ExitCode::failed);
  EXPECT_THAT(damaged.error, HasSubstr("record 7"));
}

TEST(Search, WritesNothingWhenTheInputIsWrong) {
  const Folder folder;
  SearchOptions options = small_search(folder, folder / "run");
  options.flags.texts["target"] = {"q"};
  EXPECT_EQ(run_search(options).code, ExitCode::usage);
  options = small_search(folder, folder / "run");
  options.flags.texts["trials"] = {"-5"};
  EXPECT_THAT(run_search(options).error, HasSubstr("--trials"));
  options = small_search(folder, folder / "run");
  options.file = folder / "missing.yaml";
  EXPECT_THAT(run_search(options).error, HasSubstr("missing.yaml"));
  options.file.clear();
  options.resume = true;
  EXPECT_EQ(run_search(options).code, ExitCode::usage);
  options = small_search(folder, folder / "run");
  options.flags.texts["objectives"] = {"ticks,score"};
  EXPECT_THAT(run_search(options).error, HasSubstr("search.objectives: score is not the first"));
  EXPECT_FALSE(std::filesystem::exists(folder / "run"));
}

TEST(Search, NamesItsFolderAfterTheTable) {
  const Folder folder;
  EXPECT_EQ(run_folder_of(small_search(folder, "")), "runs/table");
  EXPECT_EQ(run_folder_of(small_search(folder, "elsewhere")), "elsewhere");
}

TEST(Search, SaysWhichLanesWouldKeepItsWorkersBusy) {
  proto::Experiment experiment;
  experiment.mutable_search()->set_lanes(16);
  EXPECT_THAT(lanes_note(experiment, 8), IsEmpty());
  EXPECT_THAT(lanes_note(experiment, 9), HasSubstr("--lanes 27"));
}

TEST(Search, ReadsTheCommandOfALauncher) {
  const SearchOptions search =
      parse_search({"search", "--data", "a.csv", "--drop", "b", "--drop", "c", "--out", "here", "--json"});
  EXPECT_FALSE(search.resume);
  EXPECT_TRUE(search.json);
  EXPECT_EQ(search.out, "here");
  EXPECT_THAT(search.flags.texts.at("drop"), ElementsAre("b", "c"));
  const SearchOptions resume = parse_search({"resume", "here", "--data", "moved.csv"});
  EXPECT_TRUE(resume.resume);
  EXPECT_EQ(resume.out, "here");
  EXPECT_THAT(resume.flags.texts.at("data"), ElementsAre("moved.csv"));
  const SearchOptions extend = parse_search({"extend", "--trials", "9", "here", "--out", "there"});
  EXPECT_EQ(extend.extend, "here");
  EXPECT_EQ(extend.out, "there");
  EXPECT_THAT(extend.flags.texts.at("trials"), ElementsAre("9"));
  EXPECT_THROW(static_cast<void>(parse_search({"search", "--triels", "3"})), Error);
  EXPECT_THROW(static_cast<void>(parse_search({"show", "here"})), Error);
  EXPECT_THROW(static_cast<void>(parse_search({"search", "--help"})), Error);
}

int exit_of(std::vector<std::string> arguments) {
  std::vector<char*> values;
  for (std::string& argument : arguments) values.push_back(argument.data());
  values.push_back(nullptr);
  return cli::run(static_cast<int>(arguments.size()), values.data());
}

TEST(App, ReturnsTheExitCodes) {
  ::testing::internal::CaptureStdout();
  ::testing::internal::CaptureStderr();
  EXPECT_EQ(exit_of({"rondo", "--version"}), 0);
  EXPECT_EQ(exit_of({"rondo", "search", "--help"}), 0);
  EXPECT_EQ(exit_of({"rondo"}), 2);
  EXPECT_EQ(exit_of({"rondo", "frobnicate"}), 2);
  EXPECT_EQ(exit_of({"rondo", "show", "/nowhere/at/all"}), 2);
  EXPECT_EQ(exit_of({"rondo", "search", "--data", "/nowhere.csv", "--target", "y"}), 2);
  EXPECT_THAT(::testing::internal::GetCapturedStdout(), HasSubstr("--trials"));
  EXPECT_THAT(::testing::internal::GetCapturedStderr(), HasSubstr("/nowhere.csv"));
}

}  // namespace
}  // namespace rondo::cli
