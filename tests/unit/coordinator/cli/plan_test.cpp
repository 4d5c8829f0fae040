// rondo plan, as a function.
#include <gmock/gmock.h>

#include "tests/unit/coordinator/cli/small_run.h"

namespace rondo::cli {
namespace {

using ::testing::HasSubstr;
using testing::Said;
using testing::say;

class PlanCommand : public testing::FinishedRun {
 protected:
  [[nodiscard]] PlanOptions options() const {
    PlanOptions result;
    result.file = run() + "/experiment.yaml";
    result.flags.texts["trials"] = {"20"};
    result.json = true;
    return result;
  }
};

TEST_F(PlanCommand, SaysHowBusyRanksAreAndWhichLanesSuitThem) {
  PlanOptions two = options();
  two.ranks = "2,5";
  const Said said = say([&] { return plan_command(two); });
  ASSERT_EQ(said.code, ExitCode::done) << said.error;
  const nlohmann::json json = said.json();
  ASSERT_EQ(json.at("advice").size(), 2U);
  EXPECT_EQ(json.at("advice")[1].at("ranks"), 5);
  EXPECT_GE(json.at("advice")[1].at("lanes"), 4);
  for (const nlohmann::json& row : json.at("rows")) {
    EXPECT_EQ(row.at("workers"), row.at("ranks").get<int>() - 1);
    EXPECT_NEAR(
        row.at("useful").get<double>() + row.at("waiting").get<double>() + row.at("discarded").get<double>(),
        1, 1e-9);
    if (row.at("ranks") == 2) {
      EXPECT_NEAR(row.at("useful").get<double>(), 1, 1e-9);
    }
  }
  EXPECT_FALSE(json.contains("measured"));
  EXPECT_EQ(say([&] { return plan_command(two); }).out, said.out);
}

TEST_F(PlanCommand, AStopperTakesFewerTicks) {
  PlanOptions one = options();
  one.ranks = "2";
  const double whole = say([&] { return plan_command(one); }).json().at("rows")[0].at("ticks");
  for (const char* const stopper : {"asha", "hyperband"}) {
    one.flags.texts["stopper"] = {stopper};
    const Said said = say([&] { return plan_command(one); });
    ASSERT_EQ(said.code, ExitCode::done) << said.error;
    EXPECT_LT(said.json().at("rows")[0].at("ticks"), 0.8 * whole) << stopper;
  }
}

TEST_F(PlanCommand, TakesTimesFromTrialsThatWerePaused) {
  SearchOptions halving = testing::small_search(folder_, folder_ / "halving");
  halving.flags.texts["stopper"] = {"asha"};
  halving.flags.texts["ensemble"] = {"1"};
  ASSERT_EQ(testing::run_search(halving).code, ExitCode::done);
  PlanOptions measured = options();
  measured.measured = folder_ / "halving";
  const nlohmann::json json = say([&] { return plan_command(measured); }).json();
  EXPECT_GE(json.at("measured").at("trials"), 1U);
  EXPECT_GT(json.at("measured").at("seconds_per_tick"), 0.0);
}

TEST_F(PlanCommand, TakesTimesFromARun) {
  // The six trials of the run are all trained again for its model: no seconds are left that are a trial's.
  PlanOptions measured = options();
  measured.measured = run();
  EXPECT_THAT(say([&] { return plan_command(measured); }).error,
              HasSubstr("no trial that was trained in one go"));
  SearchOptions alone = testing::small_search(folder_, folder_ / "winner");
  alone.flags.texts["ensemble"] = {"1"};
  ASSERT_EQ(testing::run_search(alone).code, ExitCode::done);
  measured.measured = folder_ / "winner";
  const nlohmann::json json = say([&] { return plan_command(measured); }).json();
  EXPECT_GE(json.at("measured").at("trials"), 3U);
  EXPECT_GT(json.at("measured").at("seconds_per_tick"), 0.0);
  EXPECT_GT(json.at("rows")[0].at("seconds"), 0.0);
  EXPECT_FALSE(json.contains("fit"));  // of so few trials
}

TEST_F(PlanCommand, FitsTheCostModelToARun) {
  SearchOptions many = testing::small_search(folder_, folder_ / "many");
  many.flags.texts["ensemble"] = {"1"};
  many.flags.texts["trials"] = {"14"};
  ASSERT_EQ(testing::run_search(many).code, ExitCode::done);
  PlanOptions measured = options();
  measured.measured = folder_ / "many";
  const nlohmann::json json = say([&] { return plan_command(measured); }).json();
  EXPECT_GE(json.at("measured").at("trials"), 8U);
  EXPECT_GE(json.at("fit").at("tick_step"), 0U);
  EXPECT_GE(json.at("fit").at("tick_weight"), 0U);
  EXPECT_GT(json.at("fit").at("seconds_per_multiply_add"), 0.0);
  // Other rows cost other ticks.
  measured.flags.texts["folds"] = {"3"};
  EXPECT_FALSE(say([&] { return plan_command(measured); }).json().contains("fit"));
}

TEST_F(PlanCommand, RefusesWhatIsNoList) {
  for (const char* const wrong : {"", "8,", "0", "8,x", "8;9", "100001"}) {
    PlanOptions bad = options();
    bad.ranks = wrong;
    const Said said = say([&] { return plan_command(bad); });
    EXPECT_EQ(said.code, ExitCode::usage) << wrong;
    EXPECT_THAT(said.error, HasSubstr("--ranks"));
  }
  PlanOptions bad = options();
  bad.cost_error = 1;
  EXPECT_EQ(say([&] { return plan_command(bad); }).code, ExitCode::usage);
}

}  // namespace
}  // namespace rondo::cli
