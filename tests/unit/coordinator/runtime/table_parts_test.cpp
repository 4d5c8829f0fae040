#include "coordinator/runtime/table_parts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "tests/unit/coordinator/runtime/harness.h"

namespace rondo::runtime {
namespace {

using testing::Folder;
using ::testing::HasSubstr;

TEST(TableParts, AreTheFile) {
  const Folder folder;
  std::string table;
  for (int row = 0; row < 400'000; ++row) table += std::to_string(row) + "\n";
  std::ofstream(folder / "table.csv", std::ios::binary) << table;
  TableParts parts(folder / "table.csv");
  std::string read;
  while (read.size() < table.size()) {
    const proto::TablePart part = parts.part(read.size());
    ASSERT_EQ(part.failure(), "");
    ASSERT_EQ(part.offset(), read.size());
    ASSERT_EQ(part.size(), table.size());
    ASSERT_FALSE(part.bytes().empty());
    ASSERT_LE(part.bytes().size(), 1U << 20U);
    read += part.bytes();
  }
  EXPECT_EQ(read, table);
  EXPECT_EQ(parts.part(table.size()).bytes(), "");
  EXPECT_EQ(parts.part(~std::uint64_t{0}).bytes(), "");
}

TEST(TableParts, SayWhyThereAreNone) {
  const Folder folder;
  EXPECT_THAT(TableParts(folder / "missing.csv").part(0).failure(), HasSubstr("missing.csv: No such file"));
  ASSERT_EQ(mkfifo((folder / "pipe").c_str(), 0600), 0);
  // Opened for both, so that nobody waits for the other end.
  std::fstream both(folder / "pipe", std::ios::in | std::ios::out);
  EXPECT_THAT(TableParts(folder / "pipe").part(0).failure(), HasSubstr("pipe"));
}

}  // namespace
}  // namespace rondo::runtime
