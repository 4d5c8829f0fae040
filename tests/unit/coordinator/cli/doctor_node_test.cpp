// rondo doctor's look at nodes and ranks: what is enough, what is too little, what the ranks must agree on.
#include "coordinator/cli/doctor_node.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/error.h"
#include "tests/unit/coordinator/cli/small_run.h"

namespace rondo::cli {
namespace {

using ::testing::HasSubstr;

constexpr std::uint64_t mebibyte = std::uint64_t{1} << 20U;

TEST(DoctorNode, KnowsHowMuchIsEnough) {
  EXPECT_TRUE(check_disk(1024 * mebibyte, 1'000).good);
  EXPECT_FALSE(check_disk(1024 * mebibyte - 1, 1'000).good);
  EXPECT_FALSE(check_disk(1024 * mebibyte, 999).good);
  EXPECT_TRUE(check_memory(1024 * mebibyte, 2).good);
  EXPECT_FALSE(check_memory(1024 * mebibyte - 1, 2).good);
  EXPECT_TRUE(check_descriptors(256, 1).good);
  EXPECT_FALSE(check_descriptors(255, 1).good);
  EXPECT_FALSE(check_descriptors(1'024, 500).good);
  EXPECT_TRUE(check_clock(1'800'000'000).good);
  EXPECT_FALSE(check_clock(0).good);
}

TEST(DoctorNode, LeavesNothingInTheFolder) {
  const testing::Folder folder;
  store::PosixFileSystem files;
  EXPECT_TRUE(check_folder(files, folder / "").good);
  EXPECT_TRUE(files.list(folder / "").empty());
  EXPECT_FALSE(check_folder(files, folder / "missing").good);
}

// A mount without locks: everybody gets one.
class WithoutLocks final : public store::FileSystem {
 public:
  store::PathKind kind(const std::string& path) override { return real_.kind(path); }
  std::string read(const std::string& path) override { return real_.read(path); }
  std::vector<std::string> list(const std::string& folder) override { return real_.list(folder); }
  std::unique_ptr<store::File> create(const std::string& path) override { return real_.create(path); }
  std::unique_ptr<store::File> open_append(const std::string& path) override {
    return real_.open_append(path);
  }
  void make_folder(const std::string& path) override { real_.make_folder(path); }
  void rename(const std::string& from, const std::string& to) override { real_.rename(from, to); }
  void remove(const std::string& path) override { real_.remove(path); }
  void sync_folder(const std::string& folder) override { real_.sync_folder(folder); }
  std::unique_ptr<store::Lock> try_lock(const std::string& /*path*/) override {
    return std::make_unique<NoLock>();
  }

 private:
  class NoLock final : public store::Lock {};
  store::PosixFileSystem real_;
};

TEST(DoctorNode, NoticesThatLocksDoNotLock) {
  const testing::Folder folder;
  WithoutLocks files;
  const Check check = check_folder(files, folder / "");
  EXPECT_FALSE(check.good);
  EXPECT_THAT(check.what, HasSubstr("two processes can hold one lock"));
}

std::vector<RankAnswer> three_ranks() {
  std::vector<RankAnswer> answers(3);
  for (std::uint32_t rank = 0; rank < 3; ++rank) {
    RankAnswer& answer = answers[rank];
    answer.rank = rank;
    answer.host = rank < 2 ? "n1" : "n2";
    answer.checks = {{"memory", true, "enough"}, {"folder", true, "writable"}};
    answer.versions = "rondo 1";
    answer.numerics = "ab";
    answer.dataset = "cd";
    answer.seconds = 1'800'000'000 + rank;
    answer.cores = {rank};
  }
  return answers;
}

// The line of a check, "ok" or "FAILED" before it.
std::string line_of(const std::vector<Check>& checks, const std::string& name) {
  for (const Check& check : checks) {
    if (check.name == name) return (check.good ? "ok " : "FAILED ") + check.what;
  }
  return "(no such check)";
}

std::string merged(const std::vector<RankAnswer>& answers, const std::string& name, std::uint32_t ranks = 3,
                   bool oversubscribed = false) {
  return line_of(merge_answers(answers, ranks, oversubscribed), name);
}

TEST(DoctorNode, NamesTheRanksThatFail) {
  auto answers = three_ranks();
  EXPECT_EQ(merged(answers, "memory"), "ok enough");
  answers[2].checks[0] = {"memory", false, "too little"};
  EXPECT_EQ(merged(answers, "memory"), "FAILED rank 2 on n2: too little");
  answers[1].checks[0].good = false;
  EXPECT_EQ(merged(answers, "memory"), "FAILED rank 1 on n1: enough (and 1 more ranks)");
  EXPECT_EQ(merged(answers, "folder"), "ok writable");
}

TEST(DoctorNode, MissesARankThatDoesNotAnswer) {
  EXPECT_THAT(merged(three_ranks(), "ranks", 4), HasSubstr("FAILED 3 of 4 answered"));
}

TEST(DoctorNode, SeesInWhatRanksDiffer) {
  EXPECT_EQ(merged(three_ranks(), "agree"), "ok 3 ranks: the same program, bits, table, time");
  auto answers = three_ranks();
  answers[1].versions = "rondo 2";
  EXPECT_THAT(merged(answers, "agree"), HasSubstr("FAILED rank 1 on n1 is rondo 2"));
  answers = three_ranks();
  answers[2].numerics = "ff";
  EXPECT_THAT(merged(answers, "agree"), HasSubstr("FAILED rank 2 on n2 computes other bits"));
  answers = three_ranks();
  answers[2].dataset = "ff";
  EXPECT_THAT(merged(answers, "agree"), HasSubstr("another table"));
  answers = three_ranks();
  answers[1].seconds = answers[0].seconds - 3'600;
  EXPECT_THAT(merged(answers, "agree"), HasSubstr("a clock that is -3600 s off"));
}

TEST(DoctorNode, TellsWhichRanksDoNotSeeTheTable) {
  auto answers = three_ranks();
  for (RankAnswer& answer : answers) answer.checks.push_back({"data", true, "table.csv: 00"});
  EXPECT_EQ(merged(answers, "data"), "ok table.csv: 00");
  EXPECT_EQ(merged(answers, "cache"), "(no such check)");
  answers[2].dataset = "";
  answers[2].unseen = "no such file";
  EXPECT_THAT(merged(answers, "data"),
              HasSubstr("ok table.csv: 00; 1 of 3 ranks do not see it and would be sent"));
  EXPECT_THAT(merged(answers, "data"), HasSubstr("rank 2 on n2 for one (no such file)"));
  EXPECT_THAT(merged(answers, "agree"), HasSubstr("ok"));
  EXPECT_THAT(merged(answers, "cache"), HasSubstr("ok"));
  answers[2].cache = "it is read-only";
  EXPECT_THAT(merged(answers, "cache"), HasSubstr("FAILED rank 2 on n2: it is read-only"));
}

TEST(DoctorNode, LooksAtTheCacheFolder) {
  store::PosixFileSystem files;
  const std::string folder = ::testing::TempDir();
  EXPECT_EQ(cache_trouble(files, folder), "");
  EXPECT_EQ(cache_trouble(files, folder + "/not/there/yet"), "");
  EXPECT_THAT(cache_trouble(files, "/proc/cache"), HasSubstr("set RONDO_CACHE"));
  EXPECT_THAT(cache_trouble(files, "/dev/null/cache"), HasSubstr("set RONDO_CACHE"));
  EXPECT_THAT(cache_trouble(files, ""), HasSubstr("RONDO_CACHE is empty"));
}

TEST(DoctorNode, CountsTheCoresOfEachHost) {
  EXPECT_EQ(merged(three_ranks(), "cores"), "ok 2 hosts, a core for each worker");
  auto answers = three_ranks();
  answers[2].host = "n1";
  answers[2].cores = {1};
  EXPECT_THAT(merged(answers, "cores"), HasSubstr("FAILED n1 has 2 workers on 1 cores"));
  EXPECT_THAT(merged(answers, "cores", 3, true), HasSubstr("ok"));
}

TEST(DoctorNode, AnswersTravelWhole) {
  const RankAnswer sent = three_ranks()[1];
  const RankAnswer received = answer_from_json(to_json(sent));
  EXPECT_EQ(to_json(received), to_json(sent));
  EXPECT_EQ(received.cores, sent.cores);
  EXPECT_EQ(received.checks.size(), 2U);
  EXPECT_THROW(static_cast<void>(answer_from_json("{}")), Error);
  EXPECT_THROW(static_cast<void>(answer_from_json("heard")), Error);
}

}  // namespace
}  // namespace rondo::cli
