#include "coordinator/store/file_system.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "coordinator/store/run_folder.h"
#include "tests/unit/coordinator/store/expect_error.h"
#include "tests/unit/coordinator/store/samples.h"

namespace rondo::store {
namespace {

using testing::ElementsAre;

class PosixTest : public testing::Test {
 protected:
  PosixTest() {
    std::string name = testing::TempDir() + "rondo_store_XXXXXX";
    folder_ = mkdtemp(name.data()) != nullptr ? name : "";
  }
  ~PosixTest() override { std::filesystem::remove_all(folder_); }
  PosixTest(const PosixTest&) = delete;
  PosixTest& operator=(const PosixTest&) = delete;

  [[nodiscard]] std::string at(const std::string& name) const { return join_path(folder_, name); }

  PosixFileSystem files_;
  std::string folder_;
};

TEST_F(PosixTest, CreatesAppendsAndCuts) {
  {
    const auto file = files_.create(at("a"));
    file->write("hello ");
    file->write("world");
    file->sync();
    file->truncate(5);
    file->write("!");
  }
  EXPECT_EQ(files_.read(at("a")), "hello!");
  files_.open_append(at("a"))->write("!");
  EXPECT_EQ(files_.read(at("a")), "hello!!");
  files_.rename(at("a"), at("b"));
  files_.sync_folder(folder_);
  EXPECT_THAT(files_.list(folder_), ElementsAre("b"));
  EXPECT_EQ(files_.kind(at("a")), PathKind::missing);
  EXPECT_EQ(files_.kind(at("b")), PathKind::file);
  EXPECT_EQ(files_.kind(folder_), PathKind::folder);
  files_.remove(at("b"));
  files_.remove(at("b"));
  EXPECT_THAT(files_.list(folder_), testing::IsEmpty());
}

TEST_F(PosixTest, MakesFoldersAndReplacesFilesInOneStep) {
  make_folders(files_, at("x/y/z"));
  make_folders(files_, at("x/y/z"));
  write_atomically(files_, at("x/y/z/f"), "one");
  write_atomically(files_, at("x/y/z/f"), std::string(300'000, 'x'));
  EXPECT_EQ(files_.read(at("x/y/z/f")).size(), 300'000U);
  EXPECT_THAT(files_.list(at("x/y/z")), ElementsAre("f"));
}

TEST_F(PosixTest, LocksAgainstASecondHolder) {
  std::unique_ptr<Lock> first = files_.try_lock(at(".lock"));
  ASSERT_NE(first, nullptr);
  EXPECT_EQ(PosixFileSystem().try_lock(at(".lock")), nullptr);
  first.reset();
  EXPECT_NE(files_.try_lock(at(".lock")), nullptr);
}

TEST_F(PosixTest, SaysWhatCouldNotBeDoneAndWhy) {
  EXPECT_TRUE(throws(ErrorCode::environment, "cannot open '" + at("no") + "': No such file or directory",
                     [&] { static_cast<void>(files_.read(at("no"))); }));
  EXPECT_TRUE(
      throws(ErrorCode::environment, "cannot list", [&] { static_cast<void>(files_.list(at("no"))); }));
  EXPECT_TRUE(throws(ErrorCode::environment, "cannot create",
                     [&] { static_cast<void>(files_.create(at("no/file"))); }));
  files_.create(at("file"))->write("x");
  EXPECT_TRUE(
      throws(ErrorCode::environment, "cannot make the folder", [&] { files_.make_folder(at("file")); }));
  EXPECT_TRUE(throws(ErrorCode::environment, "free space there and run `rondo resume`",
                     [&] { files_.open_append("/dev/full")->write("x"); }));
}

TEST_F(PosixTest, HoldsARunOnTheRealDisk) {
  RunRequest request;
  request.folder = at("runs/one");
  request.experiment = samples::experiment();
  request.dataset = samples::dataset();
  const std::vector<schedule::Record> records = samples::search();
  {
    RunFolder run = RunFolder::open(files_, request);
    run.journal().append(std::span(records).first(5));
    run.journal().sync();
  }
  files_.open_append(at("runs/one/journal.rondo"))->write("torn");
  {
    RunFolder run = RunFolder::open(files_, request);
    EXPECT_TRUE(run.journal().torn_tail());
    run.journal().append(records);
    run.journal().sync();
  }
  const JournalContents contents = read_journal(files_, at("runs/one/journal.rondo"));
  EXPECT_EQ(contents.end, JournalEnd::clean);
  EXPECT_EQ(contents.records.size(), records.size());
}

TEST(Paths, AreJoinedAndSplit) {
  EXPECT_EQ(join_path("a", "b"), "a/b");
  EXPECT_EQ(join_path("a/", "b"), "a/b");
  EXPECT_EQ(join_path("", "b"), "b");
  EXPECT_EQ(parent_path("a/b"), "a");
  EXPECT_EQ(parent_path("a/b/"), "a");
  EXPECT_EQ(parent_path("a"), ".");
  EXPECT_EQ(parent_path("/a"), "/");
  EXPECT_EQ(parent_path("/"), "/");
}

}  // namespace
}  // namespace rondo::store
