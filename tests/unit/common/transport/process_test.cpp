#include "common/transport/process.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "common/transport/listening_clock.h"

namespace rondo::transport {
namespace {

pid_t sleeping_child() {
  const pid_t child = fork();
  if (child == 0) {
    for (;;) pause();
  }
  return child;
}

TEST(ProcessWatch, SeesAProcessEnd) {
  const pid_t child = sleeping_child();
  const auto watch = ProcessWatch::of(host_name(), static_cast<std::uint32_t>(child));
  ASSERT_TRUE(watch);
  EXPECT_FALSE(watch->ended());
  kill(child, SIGKILL);
  siginfo_t info{};
  // Leaves the zombie there: an ended process that nobody has collected has ended.
  waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT);
  EXPECT_TRUE(watch->ended());
  waitpid(child, nullptr, 0);
  EXPECT_TRUE(watch->ended());
  EXPECT_FALSE(ProcessWatch::of(static_cast<std::uint32_t>(child)));
}

TEST(ProcessWatch, DoesNotWatchWhatItCannotKnow) {
  const pid_t child = sleeping_child();
  EXPECT_FALSE(ProcessWatch::of("another-host", static_cast<std::uint32_t>(child)));
  EXPECT_FALSE(ProcessWatch::of(host_name(), own_process()));
  EXPECT_FALSE(ProcessWatch::of(host_name(), 1)) << "process 1 is another program";
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
}

TEST(ListeningClock, CountsAGapOnlyUpToItsLimit) {
  using std::chrono::milliseconds;
  const ListeningClock::Time start{};
  ListeningClock clock(start, milliseconds(100));
  clock.listen(start + milliseconds(50));
  EXPECT_EQ(clock.listened(), milliseconds(50));
  clock.listen(start + milliseconds(5'050));
  EXPECT_EQ(clock.listened(), milliseconds(150));
  clock.set_longest_gap(milliseconds(1'000));
  clock.listen(start + milliseconds(5'950));
  EXPECT_EQ(clock.listened(), milliseconds(1'050));
}

}  // namespace
}  // namespace rondo::transport
