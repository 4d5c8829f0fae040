#include "worker/runtime/table_cache.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>
#include <vector>

#include "common/base/error.h"

namespace rondo::runtime {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;

std::string table(char letter, std::size_t size = 100) {
  return std::string(size, letter);
}

class TableCacheTest : public ::testing::Test {
 protected:
  TableCacheTest() {
    folder_ = ::testing::TempDir() + "/rondo-cache-XXXXXX";
    if (mkdtemp(folder_.data()) == nullptr) ADD_FAILURE() << "cannot make " << folder_;
  }
  ~TableCacheTest() override { fs::remove_all(folder_); }

  [[nodiscard]] TableCache cache(const std::string& bytes, std::uint64_t most = 1'000) const {
    return TableCache({folder_ + "/tables", most}, sha256(bytes));
  }
  [[nodiscard]] std::string path(const std::string& bytes) const {
    return folder_ + "/tables/" + to_hex(sha256(bytes)) + ".table";
  }
  void put(const std::string& bytes, std::uint64_t most = 1'000) const {
    TableCache one = cache(bytes, most);
    ASSERT_TRUE(one.try_to_bring());
    one.store(bytes);
  }
  void set_used(const std::string& bytes, time_t seconds) const {
    const timespec times[2] = {{seconds, 0}, {seconds, 0}};
    ASSERT_EQ(utimensat(AT_FDCWD, path(bytes).c_str(), times, 0), 0);
  }
  // Files of the folder, without the locks'.
  [[nodiscard]] std::size_t files() const {
    std::size_t count = 0;
    for (const auto& entry : fs::directory_iterator(folder_ + "/tables"))
      count += entry.path().filename() == "lock" ? 0U : 1U;
    return count;
  }

  std::string folder_;
};

TEST_F(TableCacheTest, HoldsATableForOthers) {
  EXPECT_FALSE(cache(table('a')).read());
  put(table('a'));
  EXPECT_EQ(cache(table('a')).read(), table('a'));
  EXPECT_FALSE(cache(table('b')).read());
  EXPECT_EQ(files(), 1U);
}

TEST_F(TableCacheTest, ABrokenFileIsNoneAndIsReplaced) {
  for (const std::string& broken : {table('x'), table('a', 99), table('a', 101), std::string()}) {
    put(table('a'));
    std::ofstream(path(table('a')), std::ios::binary) << broken;
    TableCache again = cache(table('a'));
    EXPECT_FALSE(again.read());
    EXPECT_FALSE(again.read());  // known by now
    ASSERT_TRUE(again.try_to_bring());
    again.store(table('a'));
    EXPECT_EQ(again.read(), table('a'));
  }
}

TEST_F(TableCacheTest, OneAtATimeBringsATable) {
  TableCache first = cache(table('a'));
  TableCache second = cache(table('a'));
  TableCache other = cache(table('b'));
  EXPECT_TRUE(first.try_to_bring());
  EXPECT_FALSE(second.try_to_bring());
  EXPECT_TRUE(other.try_to_bring());
  first.release();
  EXPECT_TRUE(second.try_to_bring());
}

TEST_F(TableCacheTest, AKilledFetchLeavesNothingBehind) {
  put(table('b'));
  for (const char whose : {'a', 'b'}) {
    const pid_t child = fork();
    if (child == 0) {
      TableCache one = cache(table('a'));
      if (!one.try_to_bring()) _exit(1);
      // As far as a process that is killed while it writes comes.
      std::ofstream(folder_ + "/tables/" + to_hex(sha256(table(whose))) + ".host-1.part") << "half";
      kill(getpid(), SIGKILL);
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status));
    EXPECT_EQ(files(), 2U + (whose == 'b' ? 1U : 0U));
    TableCache one = cache(table('a'));
    ASSERT_TRUE(one.try_to_bring());
    one.store(table('a'));
    EXPECT_EQ(files(), 2U);
    EXPECT_EQ(one.read(), table('a'));
  }
}

TEST_F(TableCacheTest, RemovesWhatWasNotUsedForLongest) {
  for (const char letter : {'a', 'b', 'c'}) {
    put(table(letter), 350);
    set_used(table(letter), 1'000 + letter);
  }
  EXPECT_TRUE(cache(table('a')).read());  // used now
  put(table('d'), 350);
  EXPECT_FALSE(cache(table('b')).read());
  for (const char letter : {'a', 'c', 'd'}) EXPECT_TRUE(cache(table(letter)).read()) << letter;
}

TEST_F(TableCacheTest, NeverRemovesATableInUse) {
  put(table('a'));
  set_used(table('a'), 1'000);
  {
    TableCache user = cache(table('a'));
    ASSERT_TRUE(user.read());
    TableCache other = cache(table('b'), 150);
    ASSERT_TRUE(other.try_to_bring());
    EXPECT_THROW(other.store(table('b')), Error);
    EXPECT_TRUE(fs::exists(path(table('a'))));
    EXPECT_EQ(files(), 1U);
    // One that was just stored is in use as well.
    other.release();
    TableCache third = cache(table('c'));
    ASSERT_TRUE(third.try_to_bring());
    third.store(table('c'));
    TableCache fourth = cache(table('d'), 250);
    ASSERT_TRUE(fourth.try_to_bring());
    EXPECT_THROW(fourth.store(table('d')), Error);
  }
  put(table('b'), 150);
  EXPECT_FALSE(fs::exists(path(table('a'))));
  EXPECT_EQ(files(), 1U);
}

// What its store says, and that nothing is left of it.
std::string refusal(TableCache& cache, const std::string& bytes) {
  try {
    if (cache.try_to_bring()) cache.store(bytes);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::environment);
    return error.what();
  }
  return "stored";
}

TEST_F(TableCacheTest, SaysWhyItTakesNothing) {
  TableCache large = cache(table('a', 2'000));
  EXPECT_THAT(refusal(large, table('a', 2'000)),
              AllOf(HasSubstr("may hold 1000 bytes"), HasSubstr("the table has 2000")));
  TableCache nowhere({"/dev/null/tables", 1'000}, sha256(table('a')));
  EXPECT_FALSE(nowhere.read());
  EXPECT_THAT(refusal(nowhere, table('a')), HasSubstr("set RONDO_CACHE"));
  TableCache none({"", 1'000}, sha256(table('a')));
  EXPECT_FALSE(none.read());
  EXPECT_THAT(refusal(none, table('a')), HasSubstr("RONDO_CACHE is empty"));
}

TEST_F(TableCacheTest, ADiskThatTakesHalfKeepsNothing) {
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit small = before;
  small.rlim_cur = 60;
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  TableCache one = cache(table('a'));
  const std::string why = refusal(one, table('a'));
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, handler);
  EXPECT_THAT(why, AllOf(HasSubstr("cannot write"), HasSubstr(".part")));
  EXPECT_EQ(files(), 0U);
}

TEST_F(TableCacheTest, ManyAtOnceStoreItOnce) {
  for (int round = 0; round < 20; ++round) {
    const std::string bytes = table(static_cast<char>('a' + round));
    std::atomic<int> brought = 0;
    std::atomic<int> right = 0;
    std::vector<std::jthread> ranks;
    for (int rank = 0; rank < 6; ++rank) {
      ranks.emplace_back([&] {
        // Room for one table: the earlier rounds' are removed meanwhile.
        TableCache one = cache(bytes, 150);
        for (;;) {
          auto found = one.read();
          if (!found && one.try_to_bring()) {
            found = one.read();
            if (!found) {
              ++brought;
              one.store(bytes);
              found = bytes;
            }
            one.release();
          }
          if (!found) continue;
          right += *found == bytes ? 1 : 0;
          return;
        }
      });
    }
    ranks.clear();
    EXPECT_EQ(brought, 1);
    EXPECT_EQ(right, 6);
  }
}

class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) {
    if (const char* const before = std::getenv(name)) before_ = before;
    value == nullptr ? unsetenv(name) : setenv(name, value, 1);
  }
  ~Variable() { before_ ? setenv(name_, before_->c_str(), 1) : unsetenv(name_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
  std::optional<std::string> before_;
};

TEST(CacheSettings, ComeFromTheEnvironment) {
  const Variable temporary("TMPDIR", "/scratch");
  const Variable no_home("HOME", nullptr);
  const Variable no_xdg("XDG_CACHE_HOME", nullptr);
  const Variable no_cache("RONDO_CACHE", nullptr);
  const Variable no_bytes("RONDO_CACHE_BYTES", nullptr);
  EXPECT_EQ(cache_settings_from_environment().folder, "/scratch/rondo-cache-" + std::to_string(geteuid()));
  EXPECT_EQ(cache_settings_from_environment().most_bytes, 10ULL << 30U);
  const Variable home("HOME", "/home/u");
  EXPECT_EQ(cache_settings_from_environment().folder, "/home/u/.cache/rondo");
  const Variable xdg("XDG_CACHE_HOME", "/home/u/c");
  EXPECT_EQ(cache_settings_from_environment().folder, "/home/u/c/rondo");
  const Variable own("RONDO_CACHE", "/local");
  const Variable bytes("RONDO_CACHE_BYTES", "1000");
  EXPECT_EQ(cache_settings_from_environment().folder, "/local");
  EXPECT_EQ(cache_settings_from_environment().most_bytes, 1'000U);
  const Variable none("RONDO_CACHE", "");
  EXPECT_EQ(cache_settings_from_environment().folder, "");
  const Variable wrong("RONDO_CACHE_BYTES", "10G");
  EXPECT_THROW(static_cast<void>(cache_settings_from_environment()), Error);
}

}  // namespace
}  // namespace rondo::runtime
