// Launches itself under mpirun: the same test, seen from a process that mpirun started, plays a rank's part.
// The ranks need no MPI: what is tested is who starts, who ends, and with which exit code.
#include "coordinator/cli/launch.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "common/transport/mpi_transport.h"
#include "coordinator/cli/launch_processes.h"
#include "coordinator/cli/launch_report.h"

namespace rondo::cli {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* folder_variable = "RONDO_TEST_FOLDER";

bool on_a_rank() {
  return std::getenv("OMPI_COMM_WORLD_RANK") != nullptr;
}
bool on_rank(std::uint32_t rank) {
  return transport::place_from_environment().rank == rank;
}

// Marks in a folder that all ranks see: which rank came how far.
std::string mark_path(const std::string& name) {
  return fmt::format("{}/{}", std::getenv(folder_variable), name);
}
void mark(const std::string& name) {
  std::ofstream(mark_path(name)) << getpid();
}
bool marked(const std::string& name) {
  return std::filesystem::exists(mark_path(name));
}
void wait_for(const std::string& name) {
  for (int count = 0; count < 6'000 && !marked(name); ++count) std::this_thread::sleep_for(milliseconds(10));
}
[[noreturn]] void sleep_forever() {
  std::this_thread::sleep_for(seconds(120));
  _exit(99);
}
[[noreturn]] void die() {
  kill(getpid(), SIGKILL);
  _exit(98);
}

class Launch : public ::testing::Test {
 protected:
  void SetUp() override {
    if (on_a_rank()) return;
    if (std::system("command -v mpirun > /dev/null") != 0) GTEST_SKIP() << "mpirun is not installed";
    folder_ = testing::TempDir() + "/rondo-launch-test-XXXXXX";
    ASSERT_NE(mkdtemp(folder_.data()), nullptr);
    setenv(folder_variable, folder_.c_str(), 1);
  }
  void TearDown() override {
    if (on_a_rank()) return;
    EXPECT_THAT(marked_processes(folder_variable, folder_), IsEmpty()) << "a process was left behind";
    for (const pid_t process : marked_processes(folder_variable, folder_)) kill(process, SIGKILL);
    std::filesystem::remove_all(folder_);
  }

  [[nodiscard]] static LaunchOptions ranks(std::uint32_t count) {
    const auto* const info = testing::UnitTest::GetInstance()->current_test_info();
    LaunchOptions options;
    options.ranks = count;
    options.command = {"search", fmt::format("--gtest_filter={}.{}", info->test_suite_name(), info->name()),
                       "--gtest_brief=1"};
    return options;
  }
  [[nodiscard]] CheckCommand accept() const {
    return [this](const std::vector<std::string>&) { return folder_ + "/run"; };
  }

  std::string folder_;
};

TEST_F(Launch, ReturnsTheExitCodeOfRankZero) {
  if (on_a_rank()) {
    if (!on_rank(0)) _exit(0);
    report_started();
    report_ended(4);
    _exit(0);
  }
  EXPECT_EQ(launch(ranks(3), accept()), ExitCode::differs);
}

TEST_F(Launch, SurvivesTheDeathOfAWorker) {
  if (on_a_rank()) {
    if (on_rank(1)) {
      wait_for("started");
      mark("dying");
      die();
    }
    if (on_rank(0)) {
      report_started();
      mark("started");
      wait_for("dying");
      std::this_thread::sleep_for(milliseconds(500));
      mark("survived");
      report_ended(0);
    } else {
      wait_for("survived");
    }
    _exit(0);
  }
  EXPECT_EQ(launch(ranks(3), accept()), ExitCode::done);
  EXPECT_TRUE(marked("survived"));
}

TEST_F(Launch, EndsEverythingWhenTheCoordinatorIsKilled) {
  if (on_a_rank()) {
    if (!on_rank(0)) sleep_forever();
    report_started();
    std::this_thread::sleep_for(milliseconds(300));
    die();
  }
  EXPECT_EQ(launch(ranks(3), accept()), ExitCode::failed);
}

TEST_F(Launch, EndsAWorkerThatDoesNotLeave) {
  if (on_a_rank()) {
    if (!on_rank(0)) {
      signal(SIGTERM, SIG_IGN);
      sleep_forever();
    }
    report_started();
    report_ended(3);
    _exit(0);
  }
  EXPECT_EQ(launch(ranks(3), accept()), ExitCode::paused);
}

TEST_F(Launch, HandsASignalToTheCoordinatorAsARequestToPause) {
  if (on_a_rank()) {
    if (!on_rank(0)) {
      wait_for("paused");
      _exit(0);
    }
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, nullptr);
    report_started();
    mark("started");
    const timespec longest{60, 0};
    if (sigtimedwait(&set, nullptr, &longest) == SIGUSR1) {
      mark("paused");
      report_ended(3);
    }
    _exit(0);
  }
  const pid_t launcher = fork();
  if (launcher == 0) _exit(static_cast<int>(launch(ranks(2), accept())));
  wait_for("started");
  // The launcher reads the report a tenth of a second later at most; before that it would ask mpirun.
  std::this_thread::sleep_for(milliseconds(300));
  kill(launcher, SIGTERM);
  int status = 0;
  waitpid(launcher, &status, 0);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 3);
}

TEST_F(Launch, ASecondSignalEndsTheSearch) {
  if (on_a_rank()) {
    if (on_rank(0)) {
      signal(SIGUSR1, SIG_IGN);
      report_started();
      mark("started");
    }
    sleep_forever();
  }
  const pid_t launcher = fork();
  if (launcher == 0) _exit(static_cast<int>(launch(ranks(2), accept())));
  wait_for("started");
  std::this_thread::sleep_for(milliseconds(300));
  kill(launcher, SIGINT);
  std::this_thread::sleep_for(milliseconds(300));
  kill(launcher, SIGINT);
  int status = 0;
  waitpid(launcher, &status, 0);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 1);
}

TEST_F(Launch, StartsNothingThatTheSearchWouldRefuse) {
  if (on_a_rank()) {
    mark("started");
    _exit(0);
  }
  const CheckCommand refuse = [](const std::vector<std::string>&) -> std::string {
    throw_bad_input("no such column");
  };
  try {
    static_cast<void>(launch(ranks(2), refuse));
    ADD_FAILURE() << "launched";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::bad_input);
  }
  LaunchOptions other = ranks(2);
  other.command.front() = "show";
  EXPECT_THROW(static_cast<void>(launch(other, accept())), Error);
  other = ranks(0);
  EXPECT_THROW(static_cast<void>(launch(other, accept())), Error);
  EXPECT_FALSE(marked("started"));
}

TEST_F(Launch, SaysThatMpirunIsMissing) {
  if (on_a_rank()) _exit(0);
  const std::string path = std::getenv("PATH");
  setenv("PATH", "/nowhere", 1);
  try {
    static_cast<void>(launch(ranks(2), accept()));
    ADD_FAILURE() << "launched";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::environment);
    EXPECT_THAT(error.what(), HasSubstr("mpirun"));
  }
  setenv("PATH", path.c_str(), 1);
}

TEST(LaunchReport, IsReadLineByLine) {
  const std::string path = testing::TempDir() + "/rondo-launch-report-test";
  const auto read = [&](const std::string& text) {
    std::ofstream(path, std::ios::trunc) << text;
    return read_launch_report(path);
  };
  EXPECT_TRUE(read("").host.empty());
  EXPECT_TRUE(read("started node7 12").host.empty()) << "a line without its end";
  EXPECT_EQ(read("started node7 12\n").host, "node7");
  EXPECT_EQ(read("started node7 12\n").process, 12U);
  EXPECT_FALSE(read("started node7 12\nended 3").exit_code);
  EXPECT_EQ(read("started node7 12\nended 3\n").exit_code, 3);
  std::filesystem::remove(path);
  EXPECT_TRUE(read_launch_report(path).host.empty());
}

}  // namespace
}  // namespace rondo::cli
