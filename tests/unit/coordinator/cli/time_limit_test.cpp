// Times as users and Slurm write them, and which of two ends comes first.
#include "coordinator/cli/time_limit.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <string>

#include "common/base/error.h"
#include "coordinator/cli/run_program.h"

namespace rondo::cli {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(TimeLimit, ReadsDurations) {
  EXPECT_EQ(parse_duration("90s"), seconds(90));
  EXPECT_EQ(parse_duration("3h55m"), seconds(14'100));
  EXPECT_EQ(parse_duration("1h30m15s"), seconds(5'415));
  EXPECT_EQ(parse_duration("1d12h"), seconds(129'600));
  EXPECT_EQ(parse_duration("366d"), seconds(31'622'400));
}

TEST(TimeLimit, RefusesWhatIsNoDuration) {
  for (const char* text : {"", "3", "h", "3h5", "5m3h", "3h3h", "0s", "-1s", "1.5h", " 3h", "3 h", "366d1s",
                           "99999999999999999999s", "18446744073709551615d"}) {
    try {
      static_cast<void>(parse_duration(text));
      ADD_FAILURE() << "read '" << text << "'";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::bad_input);
      EXPECT_NE(std::string(error.what()).find("3h55m"), std::string::npos) << error.what();
    }
  }
}

// sbatch(1), --time: minutes, m:s, h:m:s, d-h, d-h:m and d-h:m:s.
TEST(TimeLimit, ReadsSlurmsTimes) {
  EXPECT_EQ(parse_slurm_time("0:59"), seconds(59));
  EXPECT_EQ(parse_slurm_time("30"), seconds(1'800));
  EXPECT_EQ(parse_slurm_time("4:00:00"), seconds(14'400));
  EXPECT_EQ(parse_slurm_time("1-02:03:04"), seconds(93'784));
  EXPECT_EQ(parse_slurm_time("2-5"), seconds(190'800));
  EXPECT_EQ(parse_slurm_time("2-5:30"), seconds(192'600));
  for (const char* text :
       {"UNLIMITED", "INVALID", "NOT_SET", "", "1:2:3:4", "1-2:3:4:5", "-5", "1-", "a:b"}) {
    EXPECT_FALSE(parse_slurm_time(text)) << text;
  }
}

TEST(TimeLimit, LeavesATenthOfTheJob) {
  EXPECT_EQ(pause_ahead(seconds(60)), seconds(10));
  EXPECT_EQ(pause_ahead(seconds(300)), seconds(30));
  EXPECT_EQ(pause_ahead(seconds(14'400)), seconds(60));
}

TEST(TimeLimit, TakesTheEarlierEnd) {
  const auto start = std::chrono::steady_clock::now();
  EXPECT_FALSE(pause_time("", std::nullopt, start));
  const auto own = pause_time("1h", std::nullopt, start);
  ASSERT_TRUE(own);
  EXPECT_EQ(own->why, "paused at the time limit of 1h");
  EXPECT_EQ(own->at, start + seconds(3'600));
  const auto job = pause_time("1h", seconds(600), start);
  ASSERT_TRUE(job);
  EXPECT_EQ(job->why, "paused before the end of the Slurm job");
  EXPECT_EQ(job->at, start + seconds(540));
  EXPECT_EQ(pause_time("5m", seconds(14'400), start)->why, "paused at the time limit of 5m");
  // A job that is nearly over: at once.
  EXPECT_EQ(pause_time("", seconds(3), start)->at, start);
}

TEST(TimeLimit, KnowsNoJobOutsideOfOne) {
  unsetenv("SLURM_JOB_ID");
  EXPECT_FALSE(slurm_time_left());
}

TEST(RunProgram, GivesOutputAndExitCode) {
  const auto answer = run_program({"sh", "-c", "echo out; echo err >&2; exit 7"}, milliseconds(60'000));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->exit_code, 7);
  EXPECT_EQ(answer->output, "out\nerr\n");
  EXPECT_EQ(run_program({"sh", "-c", "kill -9 $$"}, milliseconds(60'000))->exit_code, 137);
}

TEST(RunProgram, GivesNothingWhenThereIsNoneOrItHangs) {
  EXPECT_FALSE(run_program({"rondo-no-such-program"}, milliseconds(60'000)));
  EXPECT_FALSE(run_program({"sleep", "60"}, milliseconds(50)));
}

}  // namespace
}  // namespace rondo::cli
