// The script of rondo submit: its head, its settings, what a profile says, and what is refused.
#include "coordinator/cli/batch_script.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <iterator>
#include <string>

#include "common/base/error.h"

namespace rondo::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

BatchJob job() {
  BatchJob job;
  job.nodes = "2-4";
  job.tasks_per_node = 8;
  job.time = "4:00:00";
  job.name = "rondo-titanic";
  job.log = "runs/titanic.log";
  job.folder = "/home/a user";
  job.program = "/opt/rondo";
  job.run = "runs/titanic";
  job.search = {"it's.yaml", "--seed", "3"};
  return job;
}

std::string refusal(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::bad_input);
    return error.what();
  }
  return "(accepted)";
}

TEST(BatchScript, SaysWhatTheJobAsksFor) {
  const std::string text = batch_script(job(), {});
  EXPECT_THAT(text, StartsWith("#!/usr/bin/env bash\n"));
  for (const char* line :
       {"#SBATCH --nodes=\"2-4\"\n", "#SBATCH --ntasks-per-node=\"8\"\n", "#SBATCH --time=\"4:00:00\"\n",
        "#SBATCH --signal=\"B:USR1@60\"\n", "#SBATCH --requeue\n", "#SBATCH --open-mode=append\n",
        "#SBATCH --output=\"runs/titanic.log\"\n", "#SBATCH --chdir=\"/home/a user\"\n",
        "\nrondo=/opt/rondo\n", "\nsearch=('it'\\''s.yaml' --seed 3)\n", "\nrun=runs/titanic\n",
        "\nlauncher=mpirun\n"}) {
    EXPECT_THAT(text, HasSubstr(line));
  }
  EXPECT_THAT(text, Not(HasSubstr("--account")));
}

TEST(BatchScript, EndsWithWhatTheTemplatesRun) {
  std::ifstream file(RONDO_SOURCE_DIR "/deploy/slurm/body.sh");
  const std::string body{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  ASSERT_FALSE(body.empty());
  EXPECT_TRUE(batch_script(job(), {}).ends_with(body));
}

TEST(BatchScript, TakesTheSitesProfile) {
  const SiteProfile profile = read_profile(
      "# the cluster\n\naccount: p42\n partition:long \nlauncher: srun\nsbatch: --constraint=avx2\n"
      "sbatch: --exclusive\nsetup: module load openmpi\ncontainer: apptainer exec a.sif\nprogram: rondo",
      "profile");
  const std::string text = batch_script(job(), profile);
  for (const char* line :
       {"#SBATCH --account=\"p42\"\n", "#SBATCH --partition=\"long\"\n", "\nlauncher=srun\n",
        "#SBATCH --constraint=avx2\n#SBATCH --exclusive\n", "\nmodule load openmpi\n",
        "\ncontainer=(apptainer exec a.sif)\n", "\nrondo=rondo\n"}) {
    EXPECT_THAT(text, HasSubstr(line));
  }
}

TEST(BatchScript, NeedsNoSlurmWithAHostFile) {
  BatchJob hosts = job();
  hosts.hosts = "hosts.txt";
  const std::string text = batch_script(hosts, {});
  EXPECT_THAT(text, Not(HasSubstr("#SBATCH")));
  EXPECT_THAT(text, HasSubstr("\nlauncher_options=(--hostfile hosts.txt)\n"));
  EXPECT_THAT(text, HasSubstr("\ncd '/home/a user' || exit 1\n"));
}

TEST(BatchScript, RefusesWhatSlurmWould) {
  for (const char* nodes : {"", "0", "four", "4-2", "1-", "-3", "0-2"}) {
    BatchJob wrong = job();
    wrong.nodes = nodes;
    EXPECT_THAT(refusal([&] { static_cast<void>(batch_script(wrong, {})); }), HasSubstr("--nodes")) << nodes;
  }
  BatchJob wrong = job();
  wrong.time = "4 hours";
  EXPECT_THAT(refusal([&] { static_cast<void>(batch_script(wrong, {})); }), HasSubstr("--time"));
  wrong = job();
  wrong.tasks_per_node = 0;
  EXPECT_THAT(refusal([&] { static_cast<void>(batch_script(wrong, {})); }), HasSubstr("--tasks-per-node"));
  wrong = job();
  wrong.name = "a\n#SBATCH --nodes=1000";
  EXPECT_THAT(refusal([&] { static_cast<void>(batch_script(wrong, {})); }), HasSubstr("line break"));
}

TEST(BatchScript, NamesThePlaceOfAWrongProfileLine) {
  const auto profile = [](const char* text) {
    return refusal([&] { static_cast<void>(read_profile(text, "site")); });
  };
  EXPECT_THAT(profile("account: a\n\nacount: b\n"),
              HasSubstr("site:3: 'acount' is no setting of a profile; did"));
  EXPECT_THAT(profile("qos:\n"), HasSubstr("site:1: qos has no value"));
  EXPECT_THAT(profile("account: a\naccount: b\n"), HasSubstr("site:2: account stands there twice"));
  EXPECT_THAT(profile("just words\n"), HasSubstr("site:1:"));
  SiteProfile launcher;
  launcher.launcher = "mpiexec";
  EXPECT_THAT(refusal([&] { static_cast<void>(batch_script(job(), launcher)); }), HasSubstr("launcher"));
}

TEST(ShellWord, ReadsBackAsItself) {
  EXPECT_EQ(shell_word("a/b-c_1.x"), "a/b-c_1.x");
  EXPECT_EQ(shell_word(""), "''");
  EXPECT_EQ(shell_word("$(rm) `x`"), "'$(rm) `x`'");
  EXPECT_EQ(shell_word("it's"), "'it'\\''s'");
}

}  // namespace
}  // namespace rondo::cli
