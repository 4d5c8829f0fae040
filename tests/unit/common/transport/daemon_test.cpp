#include "common/transport/daemon.h"

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <functional>
#include <thread>
#include <vector>

namespace rondo::transport {
namespace {

using std::chrono::milliseconds;

constexpr int nobody_ended_it = 3;
constexpr int gate_failed = 4;

// Starts a process of that name with these children, and returns the signal that ended it; 0: all children
// have ended and it lives.
int signal_of_daemon(const char* name, const std::vector<std::function<void()>>& children) {
  const pid_t daemon = fork();
  if (daemon == 0) {
    prctl(PR_SET_NAME, name);
    // None begins before all are there: on one core the first would else be alone, and end the daemon.
    std::array<int, 2> gate{};
    if (pipe(gate.data()) != 0) _exit(gate_failed);
    for (const auto& child : children) {
      if (fork() != 0) continue;
      close(gate[1]);
      char none = 0;
      if (read(gate[0], &none, 1) != 0) _exit(gate_failed);
      child();
      _exit(0);
    }
    close(gate[1]);
    for (std::size_t ended = 0; ended < children.size(); ++ended) wait(nullptr);
    _exit(nobody_ended_it);
  }
  int status = 0;
  waitpid(daemon, &status, 0);
  if (WIFSIGNALED(status)) return WTERMSIG(status);
  EXPECT_EQ(WEXITSTATUS(status), nobody_ended_it);
  return 0;
}

void leave() {
  end_daemon(milliseconds(20'000));
}
void leave_later() {
  std::this_thread::sleep_for(milliseconds(150));
  end_daemon(milliseconds(20'000));
}

TEST(Daemon, IsEndedByTheLastThatLeaves) {
  EXPECT_EQ(signal_of_daemon("orted", {leave}), SIGTERM);
  EXPECT_EQ(signal_of_daemon("orted", {leave, leave, leave}), SIGTERM);
  EXPECT_EQ(signal_of_daemon("orted", {leave, leave_later}), SIGTERM);
  EXPECT_EQ(signal_of_daemon("orted", {leave_later, leave}), SIGTERM);
}

TEST(Daemon, IsLeftToOthersThatWorkOn) {
  const auto impatient = [] { end_daemon(milliseconds(50)); };
  const auto works_on = [] { std::this_thread::sleep_for(milliseconds(1'000)); };
  EXPECT_EQ(signal_of_daemon("orted", {impatient, works_on}), 0);
  EXPECT_EQ(signal_of_daemon("orted", {works_on, impatient}), 0);
}

TEST(Daemon, IsNoOtherProgram) {
  for (const char* const name : {"mpirun", "srun", "bash"})
    EXPECT_EQ(signal_of_daemon(name, {leave}), 0) << name;
}

}  // namespace
}  // namespace rondo::transport
