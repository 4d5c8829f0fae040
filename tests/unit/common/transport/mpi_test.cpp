// Runs itself under mpirun: the same test, seen from a process that mpirun started, is a rank's part.
#ifdef RONDO_WITH_MPI

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "common/transport/mpi_transport.h"
#include "common/transport/process.h"

namespace rondo::transport {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds forever{60};
constexpr int rank_failed = 17;

constexpr const char* results_variable = "RONDO_TEST_RESULTS";

// Runs this very test on `ranks` ranks. mpirun's exit code says nothing under --enable-recovery, so every
// rank that reaches its end leaves a file.
void expect_ranks(int ranks, const std::string& options, int mpirun_code,
                  const std::set<std::string>& survivors) {
  if (std::system("command -v mpirun > /dev/null") != 0) GTEST_SKIP() << "mpirun is not installed";
  std::string results = testing::TempDir() + "/rondo-ranks-XXXXXX";
  ASSERT_NE(mkdtemp(results.data()), nullptr);
  const auto* const info = testing::UnitTest::GetInstance()->current_test_info();
  const std::string command = fmt::format(
      "OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 {}={} mpirun --oversubscribe {} -n {} "
      "/proc/{}/exe "
      "--gtest_filter={}.{} > {}/log 2>&1",
      results_variable, results, options, ranks, getpid(), info->test_suite_name(), info->name(), results);
  const int status = std::system(command.c_str());
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == mpirun_code)
      << "status " << status << ", see " << results;
  std::set<std::string> reached;
  for (const auto& entry : std::filesystem::directory_iterator(results))
    reached.insert(entry.path().filename());
  reached.erase("log");
  EXPECT_EQ(reached, survivors) << "see " << results << "/log";
  if (!testing::Test::HasFailure()) std::filesystem::remove_all(results);
}

struct Rank {
  std::unique_ptr<Transport> transport;

  Rank() {
    static int argc = 0;
    static char** argv = nullptr;
    transport = make_mpi(argc, argv);
  }
  void require(bool condition) const {
    if (!condition) leave_mpi(rank_failed, false);
  }
  [[nodiscard]] Message next() const {
    const auto deadline = Clock::now() + forever;
    for (;;) {
      if (auto message = transport->receive()) return *message;
      require(Clock::now() < deadline);
      transport->wait(milliseconds(5));
    }
  }
  [[noreturn]] void succeed(int exit_code, bool everybody_leaves) const {
    std::ofstream(fmt::format("{}/{}", std::getenv(results_variable), transport->rank().value()))
        << "reached";
    leave_mpi(exit_code, everybody_leaves);
  }
};

std::string pattern(std::size_t size, std::size_t salt) {
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>((i * 31 + salt) >> 3U);
  return bytes;
}

bool on_a_rank() {
  return place_from_environment().size > 1;
}

// Small and large messages, in turn: small ones are sent at once, large ones after a handshake, and may be
// complete before those that were sent earlier.
TEST(MpiTransport, KeepsOrderForMessagesOfAnySize) {
  if (!on_a_rank()) return expect_ranks(3, "", 0, {"0", "1", "2"});
  const Rank rank;
  const std::vector<std::size_t> sizes{0, 1, 100, 5'000'000, 3, 70'000, 0, 4096, 20'000'000, 9};
  if (rank.transport->rank() == RankId(0)) {
    std::vector<std::size_t> taken(3, 0);
    for (std::size_t count = 0; count < 2 * sizes.size(); ++count) {
      const Message message = rank.next();
      std::size_t& index = taken[message.from.value()];
      rank.require(message.bytes == pattern(sizes[index], index + message.from.value()));
      ++index;
    }
    for (std::uint32_t to = 1; to < 3; ++to) rank.transport->send(RankId(to), "bye");
  } else {
    for (std::size_t index = 0; index < sizes.size(); ++index) {
      rank.transport->send(RankId(0), pattern(sizes[index], index + rank.transport->rank().value()));
    }
    rank.require(rank.next().bytes == "bye");
  }
  rank.transport->close(milliseconds(5'000));
  rank.succeed(0, true);
}

TEST(MpiTransport, CarriesTheExitCode) {
  if (!on_a_rank()) return expect_ranks(2, "", 3, {"0", "1"});
  const Rank rank;
  rank.transport->close(milliseconds(1'000));
  rank.succeed(rank.transport->rank() == RankId(0) ? 3 : 0, true);
}

// Rank 1 dies with messages of every size on their way to it. Rank 0 gives it up, goes on with rank 2, and
// leaves.
TEST(MpiTransport, NeverWaitsForADeadRank) {
  if (!on_a_rank()) return expect_ranks(3, "--enable-recovery", 0, {"0", "2"});
  const Rank rank;
  if (rank.transport->rank() == RankId(1)) {
    rank.transport->send(RankId(0), fmt::format("{}", own_process()));
    rank.transport->close(milliseconds(5'000));
    kill(getpid(), SIGKILL);
  }
  if (rank.transport->rank() == RankId(0)) {
    const Message message = rank.next();
    rank.require(message.from == RankId(1));
    while (kill(static_cast<pid_t>(std::stol(message.bytes)), 0) == 0) rank.transport->wait(milliseconds(1));
    for (int count = 0; count < 50; ++count) {
      for (const std::size_t size : {10U, 100'000U, 3'000'000U})
        rank.transport->send(RankId(1), pattern(size, 0));
    }
    rank.transport->wait(milliseconds(20));
    rank.transport->give_up(RankId(1));
    rank.transport->send(RankId(1), "vanishes");
    rank.transport->send(RankId(2), pattern(3'000'000, 2));
    rank.require(rank.next().bytes == "thanks");
  } else {
    rank.require(rank.next().bytes == pattern(3'000'000, 2));
    rank.transport->send(RankId(0), "thanks");
  }
  rank.transport->close(milliseconds(2'000));
  rank.succeed(0, false);
}

// Told that all leave normally, though one died: the watchdog ends the wait.
TEST(MpiTransport, LeavesThoughFinalizeCannotEnd) {
  if (!on_a_rank()) return expect_ranks(3, "--enable-recovery", 0, {"0", "2"});
  const Rank rank;
  if (rank.transport->rank() == RankId(1)) kill(getpid(), SIGKILL);
  rank.transport->close(milliseconds(100));
  rank.succeed(0, true);
}

}  // namespace
}  // namespace rondo::transport

#endif
