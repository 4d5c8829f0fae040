// environment.json: an entry a launch, whatever the file held before.
#include "coordinator/cli/environment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "coordinator/cli/build_ids.h"

namespace rondo::cli {
namespace {

using nlohmann::json;
using ::testing::Contains;
using ::testing::MatchesRegex;
using ::testing::StartsWith;

json environment_launches(const std::string& text) {
  return json::parse(text).at("launches");
}

// Sets a variable for one test.
class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) { setenv(name, value, 1); }
  ~Variable() { unsetenv(name_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
};

TEST(Environment, KeepsEveryLaunch) {
  const std::string first = environment_json({describe_rank()}, "");
  ASSERT_EQ(environment_launches(first).size(), 1U);
  const std::string second = environment_json({describe_rank(), describe_rank()}, first);
  const json both = environment_launches(second);
  ASSERT_EQ(both.size(), 2U);
  EXPECT_EQ(both[0], environment_launches(first)[0]);
  EXPECT_EQ(both[0].at("ranks"), 1);
  EXPECT_EQ(both[1].at("ranks"), 2);
}

TEST(Environment, KeepsWhatAnEarlierReleaseWrote) {
  const json list =
      environment_launches(environment_json({describe_rank()}, R"({"host": "n1", "ranks": 3})"));
  ASSERT_EQ(list.size(), 2U);
  EXPECT_EQ(list[0], json::parse(R"({"host": "n1", "ranks": 3})"));
}

TEST(Environment, BeginsAnewWhereTheFileIsDamaged) {
  for (const char* const before : {"{\"launches\": [{\"ho", "[1]", "3", "{\"launches\": 3}"}) {
    const json list = environment_launches(environment_json({describe_rank()}, before));
    ASSERT_EQ(list.size(), 1U) << before;
    EXPECT_EQ(list[0].at("ranks"), 1);
  }
}

TEST(Environment, CountsTheRanksOfEachNode) {
  const json launch = environment_launches(environment_json(
      {"n1\nEPYC\navx2\n4", "n2\nXeon\navx512\n8", "n1\nEPYC\navx2\n4", "n3\nCut of"}, ""))[0];
  const json expected = json::parse(R"([
    {"host": "n1", "cpu": "EPYC", "kernel_target": "avx2", "cores": 4, "ranks": 2},
    {"host": "n2", "cpu": "Xeon", "kernel_target": "avx512", "cores": 8, "ranks": 1},
    {"host": "n3", "cpu": "Cut of", "kernel_target": "", "cores": null, "ranks": 1}])");
  EXPECT_EQ(launch.at("nodes"), expected);
  EXPECT_EQ(launch.at("ranks"), 4);
}

TEST(Environment, NamesJobAndContainer) {
  const json without = environment_launches(environment_json({describe_rank()}, ""))[0];
  EXPECT_TRUE(without.at("slurm").is_null());
  EXPECT_TRUE(without.at("container").is_null());
  const Variable job("SLURM_JOB_ID", "71");
  const Variable restarts("SLURM_RESTART_COUNT", "2");
  const Variable container("RONDO_CONTAINER_DIGEST", "sha256:12");
  const json with = environment_launches(environment_json({describe_rank()}, ""))[0];
  EXPECT_EQ(with.at("slurm").at("job"), "71");
  EXPECT_EQ(with.at("slurm").at("restarts"), "2");
  EXPECT_TRUE(with.at("slurm").at("array_job").is_null());
  EXPECT_EQ(with.at("container"), "sha256:12");
}

TEST(Environment, TellsLaunchersApart) {
  const auto launcher = [] {
    return environment_launches(environment_json({describe_rank()}, ""))[0].at("launcher").get<std::string>();
  };
  EXPECT_EQ(launcher(), "none");
  const Variable size("OMPI_COMM_WORLD_SIZE", "1");
  EXPECT_EQ(launcher(), "mpirun");
  const Variable space("PMIX_NAMESPACE", "slurm.pmix.71.0");
  EXPECT_EQ(launcher(), "srun");
}

TEST(Environment, NamesTheBuild) {
  const json launch = environment_launches(environment_json({describe_rank()}, ""))[0];
  EXPECT_THAT(launch.at("build").at("flags").get<std::string>(), ::testing::HasSubstr("-ffp-contract=off"));
  const json& commit = launch.at("build").at("commit");
  if (!commit.is_null()) {
    EXPECT_THAT(commit.get<std::string>(), MatchesRegex("[0-9a-f]{40,}(-dirty)?"));
  }
}

TEST(Environment, KnowsTheBuildsOfItsLibraries) {
  const std::map<std::string, std::string> ids = build_ids();
  EXPECT_THAT(ids, Contains(::testing::Pair(StartsWith("libprotobuf.so."), MatchesRegex("[0-9a-f]{16,}"))));
  EXPECT_THAT(ids, Contains(::testing::Pair(StartsWith("libc.so."), MatchesRegex("[0-9a-f]{16,}"))));
  EXPECT_EQ(ids.count("program"), 1U);
  EXPECT_THAT(ids, ::testing::Not(Contains(::testing::Key(StartsWith("ld-")))));
}

}  // namespace
}  // namespace rondo::cli
